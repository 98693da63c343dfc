import {describe, expect, test} from 'vitest';
import {A, Access} from '../../src/engine/layout.js';
import {protocol} from '../../src/engine/protocols/apf-int/protocol.js';
import {TaskMode} from '../../src/protocol/engine-config.js';
import type {KindName} from '../../src/protocol/kinds.js';
import {IF, MOVSS, type Run, STI, TPR} from '../rules/driver.js';
import {booted, bug, byHost, fresh, told, wakeAll} from './kvm-driver.js';

describe('enabling (B.2)', () => {
  test('queues a wake-all, which is sent once the LAPIC takes interrupts (B4, E28)', () => {
    const run = fresh(protocol, {tasks: 1});
    expect(run.can('access', {vcpu: 0, page: 1})).toBe(false);
    run.step(0, 'enable');
    expect(run.kinds).toEqual(['enable']);
    run.step(0, 'lapic');
    expect(told(run, 1)).toEqual(['lapic', 'resolution', 'slot:by_host', 'raise']);
    expect(run.of('resolution')[0]).toMatchObject({token: wakeAll, fault: null, page: null, result: 0, cause: 0});
    run.interrupt(0);
    run.steps(0);
    expect(told(run, 6)).toEqual(['consume', 'slot:by_guest', 'ack', 'iret:page_ready']);
    expect(run.of('consume')[0]).toMatchObject({token: wakeAll, value: 0, fault: null});
  });

  test('comes before all else on the vCPU but an NMI, whose handler may touch memory', () => {
    const run = fresh(protocol);
    run.dispatch(0, 0);
    expect(
      ['access', 'mask', 'exit', 'halt'].map((kind) => run.can(kind as KindName, {vcpu: 0, page: 1, value: 1})),
    ).toEqual([false, false, false, false]);
    run.nmi(0);
    run.fault(0, 1);
    expect(run.of('deferral')[0].reason).toBe('interrupts_off');
  });
});

describe('a fault (outcome lattice of B.2)', () => {
  test('delivered: the word is written, then page-not-present with (id << 12) | vcpu (PI-S1, PI-S6, E25)', () => {
    const run = booted(protocol, {vcpus: 2, tasks: 4});
    const seq = run.rows.length;
    run.park(1, 0, 1);
    expect(told(run, seq)).toEqual(
      'dispatch access fault attempt flags:by_host delivery copy flags:by_guest park iret:page_not_present'.split(' '),
    );
    run.park(1, 1, 2);
    run.park(0, 2, 3);
    expect(run.of('delivery').map(({token}) => token)).toEqual([0x1001, 0x2001, 0x1000]);
    expect(run.of('copy').map(({token}) => token)).toEqual([0x1001, 0x2001, 0x1000]);
    expect(byHost(run, 'flags').map(({value}) => value)).toEqual([1, 1, 1]);
    const guest = run.of('flags').filter(({choice}) => choice);
    expect(guest.map(({value}) => value)).toEqual([0, 0, 0]); // PI-S2
  });

  test.each([
    ['interrupts_off', 0],
    ['sti_shadow', IF | STI],
    ['movss_shadow', IF | MOVSS],
  ] as const)('synchronous if the host cannot try: %s', (reason, mask) => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.mask(0, mask);
    const seq = run.rows.length;
    run.fault(0, 1);
    run.complete(1, 0);
    run.steps(0);
    expect(told(run, seq + 2)).toEqual([
      'attempt',
      `deferral:${reason}`,
      'sleep:suspended',
      'completion',
      'wakeup',
      'retry',
      'retire',
    ]);
  });

  test('the TPR does not hold page-not-present back', () => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.mask(0, IF | TPR);
    run.fault(0, 1);
    expect(run.of('delivery')).toHaveLength(1);
  });

  test('synchronous if the queue is full (PI-S8), or there is none (tokens: 0)', () => {
    const run = booted(protocol, {tokens: 2});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.dispatch(0, 2);
    const seq = run.rows.length;
    run.fault(0, 3);
    expect(told(run, seq + 2)).toEqual(['attempt', 'deferral:no_token', 'sleep:suspended']);
    const none = booted(protocol, {tokens: 0});
    none.dispatch(0, 0);
    none.fault(0, 1);
    expect(none.of('deferral')[0].reason).toBe('no_token');
  });

  test('a page that came by the attempt is no item: synchronous, of no time', () => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.access(0, 1);
    run.complete(1, 0);
    const seq = run.rows.length;
    run.attempt(0);
    run.steps(0);
    expect(told(run, seq)).toEqual(['attempt', 'deferral:early', 'sleep:suspended', 'wakeup', 'retry', 'retire']);
    expect(run.of('wakeup')[0].cause).toBe(run.of('completion')[0].seq);
  });

  test.each([
    ['user_only', TaskMode.kernel, {cpl0: 'user_only'}],
    ['nested', TaskMode.nested, {}],
  ] as const)('queued but not injected: %s, and no READY for it (PI-S4, B3, Q20, Q32)', (reason, mode, options) => {
    const run = booted(protocol, {...options, taskModes: new Uint8Array([mode, 0, 0, 0])});
    run.dispatch(0, 0);
    const seq = run.rows.length;
    run.fault(0, 1);
    run.complete(1, 0);
    run.steps(0);
    expect(told(run, seq + 2)).toEqual([
      'attempt',
      `deferral:${reason}`,
      'sleep:artificial_halt',
      'completion',
      'wakeup',
      'resolution',
      'retry',
      'retire',
    ]);
    expect(run.of('resolution').at(-1)).toMatchObject({token: 0x1000, page: 1});
  });

  test('kernel and nested tasks get page-not-present where the options allow it', () => {
    const taskModes = new Uint8Array([TaskMode.kernel, TaskMode.nested, 0, 0]);
    const run = booted(protocol, {taskModes, nested: 'exit_to_l1'});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    expect(run.of('delivery')).toHaveLength(2);
  });
});

describe('READY (PI-S3, PI-S5, PI-L1)', () => {
  test('the token is in the slot before the interrupt; EOI, token, sleeper, slot, ACK', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    const seq = run.rows.length;
    run.complete(1, 0);
    run.interrupt(0);
    run.steps(0);
    expect(told(run, seq)).toEqual(
      'completion resolution slot:by_host raise interrupt consume unpark slot:by_guest ack iret:page_ready'.split(' '),
    );
    expect(run.of('consume').at(-1)).toMatchObject({token: 0x1000, value: 1, task: 0, result: null});
    run.dispatch(0, 0);
    run.steps(0);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'retire']);
  });

  test('one in flight: the next waits for the ACK, and comes in its step, in order of completion (PI-S7, E20)', () => {
    const run = booted(protocol);
    for (const task of [0, 1, 2]) run.park(0, task, task + 1);
    const seq = run.rows.length;
    run.complete(3, 0);
    run.complete(1, 0);
    run.complete(2, 0);
    expect(told(run, seq + 4)).toEqual(['completion', 'completion']);
    for (const token of [0x3000, 0x1000, 0x2000]) {
      run.interrupt(0);
      run.step(0, 'consume');
      expect(run.rows.at(-1)?.token).toBe(token);
      run.step(0, 'unpark');
      run.step(0, 'slot');
      const ack = run.rows.length;
      run.step(0, 'ack');
      expect(told(run, ack)).toEqual(token === 0x2000 ? ['ack'] : ['ack', 'resolution', 'slot:by_host', 'raise']);
      run.steps(0);
    }
    expect(run.parked).toEqual([]);
  });

  test('between the slot and the ACK another entry may send the next one (A.5.10): READYs <= ACKs + 2', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.complete(2, 0);
    run.interrupt(0);
    for (const kind of ['consume', 'unpark', 'slot'] as const) run.step(0, kind);
    run.nmi(0);
    run.fault(0, 3);
    const seq = run.rows.length;
    run.complete(3, 0);
    expect(told(run, seq)).toEqual(['completion', 'wakeup', 'resolution', 'slot:by_host', 'raise']);
    expect(run.of('raise').length).toBe(run.of('ack').length + 2);
    run.steps(0);
    run.interrupt(0);
    run.steps(0);
    expect(run.parked).toEqual([]);
  });

  test('a suspended vCPU is told nothing until its own page is there', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.mask(0, 0);
    run.fault(0, 2);
    const seq = run.rows.length;
    run.complete(1, 0);
    expect(told(run, seq)).toEqual(['completion']);
    run.complete(2, 0);
    expect(told(run, seq + 1)).toEqual(['completion', 'wakeup', 'resolution', 'slot:by_host', 'raise']);
  });

  test('a page of two vCPUs: one I/O, an item and a READY each', () => {
    const run = booted(protocol, {vcpus: 2});
    run.park(0, 0, 1);
    run.park(1, 1, 1);
    const seq = run.rows.length;
    run.complete(1, 0);
    expect(run.rows.slice(seq).filter(({kind}) => kind === 'raise')).toMatchObject([{vcpu: 0}, {vcpu: 1}]);
  });
});

describe('the artificial halt (PI-S11, LG-S5)', () => {
  function halted(config = {}): Run {
    const run = booted(protocol, config);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.dispatch(0, 2);
    run.fault(0, 1);
    return run;
  }

  test('a second fault on a queued page halts the vCPU: no second item (E19)', () => {
    const run = halted();
    expect(told(run, run.rows.length - 2)).toEqual(['deferral:repeated_fault', 'sleep:artificial_halt']);
    expect(run.of('deferral')[0].token).toBe(null);
    const seq = run.rows.length;
    run.complete(1, 0);
    expect(told(run, seq)).toEqual(['completion', 'wakeup', 'resolution', 'slot:by_host', 'raise']);
    run.interrupt(0);
    run.steps(0);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'retire']);
    expect(run.of('consume').at(-1)).toMatchObject({task: 0, value: 1});
  });

  test('it ends when anything is done; then it is the same fault that halts again', () => {
    const run = halted();
    const seq = run.rows.length;
    run.complete(2, 0);
    expect(told(run, seq)).toEqual(['completion', 'wakeup:page_ready', 'resolution', 'slot:by_host', 'raise']);
    run.interrupt(0);
    run.steps(0);
    run.attempt(0);
    expect(told(run, run.rows.length - 4)).toEqual([
      'retry',
      'attempt',
      'deferral:repeated_fault',
      'sleep:artificial_halt',
    ]);
    expect(run.of('fault')).toHaveLength(3);
    run.complete(1, 0);
    run.settle();
    expect(run.parked).toEqual([]);
    expect(run.of('retire')).toHaveLength(3);
  });

  test('it does not begin if READY can be taken', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.dispatch(0, 2);
    run.access(0, 1);
    run.complete(2, 0);
    const seq = run.rows.length;
    run.attempt(0);
    expect(told(run, seq)).toEqual(
      'attempt deferral:repeated_fault sleep:artificial_halt wakeup:page_ready resolution slot:by_host raise'.split(
        ' ',
      ),
    );
    const pending = booted(protocol);
    pending.park(0, 0, 1);
    pending.park(0, 1, 2);
    pending.dispatch(0, 2);
    pending.complete(2, 0);
    pending.fault(0, 1);
    expect(pending.of('wakeup')).toMatchObject([{reason: 'interrupt'}]);
    expect(pending.can('interrupt', {vcpu: 0})).toBe(true);
  });

  test('an NMI ends it, and its handler runs before the access is tried again', () => {
    const run = halted();
    const seq = run.rows.length;
    run.nmi(0);
    run.steps(0);
    run.attempt(0);
    expect(told(run, seq)).toEqual(
      'nmi wakeup:nmi iret:nmi retry attempt deferral:repeated_fault sleep:artificial_halt'.split(' '),
    );
    const suspended = booted(protocol, {tokens: 0});
    suspended.dispatch(0, 0);
    suspended.fault(0, 1);
    expect(suspended.can('nmi', {vcpu: 0})).toBe(false);
  });

  test('a page that was there and is gone again is a new fault', () => {
    const run = halted();
    run.complete(1, 0);
    run.evict(1);
    run.interrupt(0);
    run.steps(0);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'fault']);
  });
});

describe('a failed page (the repaired form of B8)', () => {
  test('READY as always; the retry meets the page and the guest is killed', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.complete(1, 1);
    run.ready(0, 0);
    run.attempt(0);
    expect(run.of('resolution').at(-1)?.result).toBe(0);
    expect(told(run, run.rows.length - 5)).toEqual([
      'retry',
      'attempt',
      'deferral:known_failed',
      'log:known_failed',
      'kill:known_failed',
    ]);
    expect(run.of('fault')).toHaveLength(1);
    expect(run.state.dead).toBe(true);
  });

  test('with a recovery the access is given up', () => {
    const run = booted(protocol, {recovery: true});
    run.park(0, 0, 1);
    run.complete(1, 1);
    run.ready(0, 0);
    run.attempt(0);
    run.steps(0);
    expect(told(run, run.rows.length - 3)).toEqual(['deferral:known_failed', 'recovery', 'abandon']);
    expect(run.state.cells[run.state.actor(0) + A.access]).toBe(Access.none);
  });

  test('a suspended vCPU is answered anew at once; a halted one tries again first', () => {
    const run = booted(protocol, {recovery: true});
    run.dispatch(0, 0);
    run.mask(0, 0);
    run.fault(0, 1);
    const seq = run.rows.length;
    run.complete(1, 1);
    expect(told(run, seq)).toEqual(['completion', 'deferral:known_failed', 'wakeup', 'recovery']);
    const light = booted(protocol, {recovery: true});
    light.park(0, 0, 1);
    light.dispatch(0, 1);
    light.fault(0, 1);
    light.complete(1, 1);
    light.interrupt(0);
    light.steps(0);
    light.attempt(0);
    expect(told(light, light.rows.length - 4)).toEqual(['retry', 'attempt', 'deferral:known_failed', 'recovery']);
  });
});

describe('wake-all', () => {
  test('wakes every sleeper of its vCPU in the order of parking; one whose item is queued still halts (A.5.10)', () => {
    const run = fresh(protocol);
    run.step(0, 'enable');
    run.step(0, 'lapic');
    for (const task of [0, 1, 2]) run.park(0, task, task + 1);
    run.interrupt(0);
    run.steps(0);
    expect(run.of('consume')).toMatchObject([{token: wakeAll, value: 3, fault: null}]);
    expect(run.of('unpark').map(({task, token}) => [task, token])).toEqual([
      [0, 0x1000],
      [1, 0x2000],
      [2, 0x3000],
    ]);
    run.dispatch(0, 1);
    run.steps(0);
    run.attempt(0);
    expect(told(run, run.rows.length - 4)).toEqual([
      'retry',
      'attempt',
      'deferral:repeated_fault',
      'sleep:artificial_halt',
    ]);
    run.complete(2, 0);
    run.interrupt(0);
    run.step(0, 'consume');
    expect(run.of('consume').at(-1)).toMatchObject({token: 0x2000, value: 0}); // the dummy that A.5.10 tells of
  });
});

describe('bugs of Linux', () => {
  test('token_zero (B2): the first token of vCPU 0 is 0, the next is 0x1000; no other vCPU has it', () => {
    const run = booted(protocol, {...bug('token_zero'), vcpus: 2});
    run.park(1, 0, 1);
    run.park(0, 1, 2);
    run.park(0, 2, 3);
    expect(run.of('delivery').map(({token}) => token)).toEqual([0x1001, 0, 0x1000]);
    expect(run.of('misbehave')).toMatchObject([{vcpu: 0, task: 1, value: 0}]);
  });

  test('token_zero (E26): two READYs back to back, and exactly one orphan', () => {
    const run = booted(protocol, bug('token_zero'));
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.halt(0);
    run.complete(1, 0);
    run.complete(2, 0);
    run.resume(0);
    run.settle();
    expect(run.parked).toEqual([0]);
    expect(run.of('raise').at(-1)?.reason).toBe('coalesced');
  });

  test('lapic_disabled (B4): the slot stays full', () => {
    const run = fresh(protocol, bug('lapic_disabled'));
    run.step(0, 'enable');
    expect(told(run, 0)).toEqual(['enable', 'misbehave', 'resolution', 'slot:by_host']);
    run.step(0, 'lapic');
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.settle();
    expect(run.of('raise')).toEqual([]);
    expect(run.parked).toEqual([0]);
  });

  test('queue_cleared (B5): every sleeper of the vCPU hangs, those of another do not', () => {
    const run = booted(protocol, {...bug('queue_cleared'), vcpus: 2});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.park(1, 2, 3);
    for (const page of [1, 2, 3]) run.complete(page, 0);
    run.settle();
    expect(run.parked).toEqual([0, 1]);
    expect(run.of('misbehave')).toMatchObject([{vcpu: 0, task: 0, page: 1}]);
  });
});
