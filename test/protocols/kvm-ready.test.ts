import {describe, expect, test} from 'vitest';
import {A, Access, V} from '../../src/engine/layout.js';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {protocol as apfPf} from '../../src/engine/protocols/apf-pf/protocol.js';
import {K, kvmOf} from '../../src/engine/protocols/kvm/cells.js';
import {consume} from '../../src/engine/protocols/kvm/ready.js';
import {addEarly, takeEarly} from '../../src/engine/protocols/pnp/sleepers.js';
import {TaskMode} from '../../src/protocol/engine-config.js';
import {IF, type Run, TPR} from '../rules/driver.js';
import {booted, byHost} from './kvm-driver.js';

/* READY on the way to the guest of Linux, and what the guest does with it. */

const protocols = [
  ['apf-int', apfInt],
  ['apf-pf', apfPf],
] as const;

const six = {tasks: 6, tokens: 6};

function park(run: Run, pages: readonly number[]): void {
  for (const [task, page] of pages.entries()) run.park(0, task, page);
}

describe.each(protocols)('%s: the guest enables anew while tasks sleep (E28)', (_name, protocol) => {
  /** Three tasks sleep; the guest has forgotten that it enabled, as after a reboot of its kernel. */
  function again(): Run {
    const run = booted(protocol, six);
    park(run, [1, 2, 3]);
    run.state.put(kvmOf(run.state, 0) + K.enabled, 0);
    run.step(0, 'enable');
    run.interrupt(0);
    return run;
  }

  test('E28: the wake-all wakes them one after the other, in the order of their sleep, each because of the one before', () => {
    const run = again();
    const from = run.rows.length;
    run.steps(0);
    const rows = run.rows.slice(from);
    const [consumed] = rows.filter(({kind}) => kind === 'consume');
    const woken = rows.filter(({kind}) => kind === 'unpark');
    expect(consumed).toMatchObject({value: 3, token: 0xffff_ffff});
    expect(woken.map(({task}) => task)).toEqual([0, 1, 2]);
    expect(woken.map(({cause}) => cause)).toEqual([consumed.seq, woken[0].seq, woken[1].seq]);
  });

  test('E28: a wake-all counts in the queue until it is presented, and is over with the last sleeper', () => {
    const run = again();
    const cell = (field: number) => run.state.cells[run.state.vcpu(0) + field];
    expect(cell(V.tokensUsed)).toBe(3);
    expect(cell(V.irqResult)).toBe(0);
    run.step(0, 'consume');
    expect(cell(V.irqResult)).toBe(1);
    run.steps(0);
    expect(cell(V.irqResult)).toBe(0);
  });

  test('PI-S1: where it has not enabled, nothing is delivered: the vCPU halts artificially', () => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.access(0, 1);
    run.state.put(kvmOf(run.state, 0) + K.enabled, 0);
    run.attempt(0);
    expect(run.of('deferral')).toMatchObject([{reason: 'not_enabled'}]);
    expect(run.of('sleep')).toMatchObject([{reason: 'artificial_halt'}]);
    expect(run.of('delivery')).toEqual([]);
  });
});

describe.each(protocols)('%s: a READY that comes first leaves a dummy (LG-L1)', (_name, protocol) => {
  test('B13: the page-not-present that finds it does not sleep: the access is tried again', () => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.fault(0, 1);
    addEarly(run.state, 0, run.state.cells[run.state.vcpu(0) + V.dataToken], 0);
    run.step(0, 'copy');
    run.step(0, 'flags');
    run.step(0, 'park');
    expect(run.of('park')).toMatchObject([{value: 0, reason: 'early'}]);
    expect(run.state.cells[run.state.actor(0) + A.access]).toBe(Access.retry);
    run.step(0, 'iret');
    run.step(0, 'retry');
    expect(run.parked).toEqual([]);
    expect(takeEarly(run.state, 0, run.state.cells[run.state.actor(0) + A.token])).toBe(-1);
  });

  test('LG-L1: it says that the page is there', () => {
    const run = booted(protocol);
    const wakes = consume(run.state, 0, 0x5000, {row() {}});
    expect([wakes, takeEarly(run.state, 0, 0x5000)]).toEqual([false, 0]);
  });
});

describe.each(protocols)('%s: a task whose page is gone again (LG-S5)', (_name, protocol) => {
  /** Task 0 was woken, and its page evicted before it ran. */
  function evicted(): Run {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.interrupt(0);
    run.steps(0);
    run.evict(1);
    return run;
  }

  test('its retry is a new fault, also where another task waits for the page by now', () => {
    const run = evicted();
    run.park(0, 1, 1);
    run.dispatch(0, 0);
    run.steps(0);
    expect(run.of('fault').map(({task}) => task)).toEqual([0, 1, 0]);
  });

  test('B1: so it is under a token that names no vCPU', () => {
    const run = evicted();
    run.dispatch(0, 0);
    run.state.put(run.state.actor(0) + A.token, (1 << 12) | 0xfff);
    run.steps(0);
    expect(run.of('fault').map(({task}) => task)).toEqual([0, 0]);
  });
});

describe('what is done while READY cannot be sent', () => {
  test('apf-int, PI-L1: a vCPU that has yet to acknowledge is not kicked: it will look itself', () => {
    const run = booted(apfInt);
    park(run, [1, 2]);
    run.complete(1, 0);
    run.interrupt(0);
    for (const kind of ['consume', 'unpark', 'slot'] as const) run.step(0, kind);
    const before = byHost(run, 'resolution').length;
    run.complete(2, 0);
    expect(byHost(run, 'resolution').length).toBe(before);
    run.step(0, 'ack');
    expect(byHost(run, 'resolution').length).toBe(before + 1);
  });

  test('apf-int, PI-S11: the artificial halt ends for its own page, and not for what cannot be sent', () => {
    const run = booted(apfInt, six);
    park(run, [1, 2, 3, 4]);
    run.dispatch(0, 4);
    run.mask(0, IF | TPR);
    run.complete(1, 0); // its token fills the slot
    run.complete(2, 0); // which is not free for this one
    run.fault(0, 3);
    expect(run.of('sleep')).toMatchObject([{reason: 'artificial_halt'}]);
    run.complete(4, 0);
    expect(run.of('wakeup')).toEqual([]);
    run.complete(3, 0);
    expect(run.of('wakeup')).toMatchObject([{reason: null, task: 4}]);
  });

  test('apf-pf, LG-S2: the artificial halt does not begin when READY can be asked for', () => {
    const run = booted(apfPf, six);
    park(run, [1, 2]);
    run.dispatch(0, 2);
    run.access(0, 1);
    run.complete(2, 0); // the host has the vCPU: no READY is asked for
    run.attempt(0);
    expect(run.kinds.slice(-4)).toEqual(['deferral', 'sleep', 'wakeup', 'raise']);
    expect(run.of('wakeup')).toMatchObject([{reason: 'page_ready'}]);
  });

  test('apf-pf, LG-S3: it does where one is asked for already, which the TPR keeps away', () => {
    const run = booted(apfPf, six);
    park(run, [1, 2]);
    run.dispatch(0, 2);
    run.mask(0, IF | TPR);
    run.complete(2, 0);
    run.fault(0, 1);
    expect(run.of('sleep')).toMatchObject([{reason: 'artificial_halt'}]);
    expect(run.of('wakeup')).toEqual([]);
  });

  test('apf-pf, B7: what was not injected needs no READY, whatever stands behind it', () => {
    const taskModes = new Uint8Array(6);
    taskModes[1] = TaskMode.kernel;
    const run = booted(apfPf, {...six, taskModes, cpl0: 'user_only'});
    park(run, [1]);
    run.dispatch(0, 1);
    run.fault(0, 2);
    expect(run.of('deferral')).toMatchObject([{reason: 'user_only'}]);
    run.take('device', {vcpu: 0});
    run.step(0, 'serve');
    run.step(0, 'retry');
    run.complete(2, 0);
    run.complete(1, 0);
    const raises = run.of('raise').length;
    run.attempt(0);
    const [first, second] = run.of('fault');
    expect(second.task).toBe(1);
    expect(byHost(run, 'resolution').at(-1)).toMatchObject({fault: second.seq});
    expect(run.of('raise').slice(raises)).toMatchObject([{fault: first.seq}]);
  });
});
