import {describe, expect, test} from 'vitest';
import {protocol} from '../../src/engine/protocols/apf-pf/protocol.js';
import {TaskMode} from '../../src/protocol/engine-config.js';
import {IF, MOVSS, STI} from '../rules/driver.js';
import {booted, bug, byHost, fresh, told, wakeAll} from './kvm-driver.js';

describe('enabling (B.1)', () => {
  test('asks for a wake-all READY, which is an exception that the vCPU takes once it can (E28)', () => {
    const run = fresh(protocol, {tasks: 1});
    run.step(0, 'enable');
    expect(told(run, 0)).toEqual(['enable', 'raise']);
    run.interrupt(0);
    expect(told(run, 2)).toEqual(['interrupt', 'resolution', 'flags:by_host']);
    expect(run.of('resolution')[0]).toMatchObject({token: wakeAll, fault: null, page: null, result: 0});
    expect(run.of('flags')[0]).toMatchObject({value: 2});
    run.steps(0);
    expect(told(run, 5)).toEqual(['consume', 'flags:by_guest', 'iret:page_ready']);
    expect(run.of('consume')[0]).toMatchObject({token: wakeAll, value: 0});
  });

  test('the wake-all counts as queued (LG-S4): with one token, a fault before it is taken finds none', () => {
    const run = fresh(protocol, {tokens: 1});
    run.step(0, 'enable');
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(run.of('deferral')[0].reason).toBe('no_token');
  });

  test('a wake-all wakes every sleeper in the order of parking (LG-L1)', () => {
    const run = fresh(protocol);
    run.step(0, 'enable');
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.interrupt(0);
    run.steps(0);
    expect(run.of('consume')).toMatchObject([{token: wakeAll, value: 2}]);
    expect(run.of('unpark').map(({task}) => task)).toEqual([0, 1]);
  });
});

describe('page-not-present (LG-S1, LG-S2)', () => {
  test('reason 1 and the token in CR2; the handler reads CR2, resets the word, and waits', () => {
    const run = booted(protocol);
    const seq = run.rows.length;
    run.park(0, 0, 1);
    expect(told(run, seq + 3)).toEqual(
      'attempt flags:by_host delivery copy flags:by_guest park iret:page_not_present'.split(' '),
    );
    expect(run.of('delivery')[0].token).toBe(0x1000);
    expect(run.of('copy')[0].token).toBe(0x1000); // LG-S8
    expect(byHost(run, 'flags').at(-1)?.value).toBe(1);
  });

  test.each([
    ['interrupts_off', 0],
    ['sti_shadow', IF | STI],
    ['movss_shadow', IF | MOVSS],
  ] as const)('not where no interrupt could come: %s', (reason, mask) => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.mask(0, mask);
    run.fault(0, 1);
    expect(told(run, run.rows.length - 2)).toEqual([`deferral:${reason}`, 'sleep:suspended']);
  });

  test('a second fault on a queued page halts the vCPU (LG-S5)', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.fault(0, 1);
    expect(told(run, run.rows.length - 2)).toEqual(['deferral:repeated_fault', 'sleep:artificial_halt']);
    const seq = run.rows.length;
    run.complete(1, 0);
    expect(told(run, seq)).toEqual(['completion', 'wakeup', 'raise']);
    run.interrupt(0);
    run.steps(0);
    expect(run.kinds.slice(-3)).toEqual(['iret', 'retry', 'retire']);
  });

  test('user_only: the kernel is halted instead, and no READY comes for it', () => {
    const run = booted(protocol, {cpl0: 'user_only', taskModes: new Uint8Array([TaskMode.kernel, 0, 0, 0])});
    run.dispatch(0, 0);
    run.fault(0, 1);
    const seq = run.rows.length;
    run.complete(1, 0);
    run.steps(0);
    expect(told(run, seq)).toEqual(['completion', 'wakeup', 'resolution', 'retry', 'retire']);
  });
});

describe('READY', () => {
  test('is asked for, and written as the guest takes it; the next one after its IRET or before', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    const seq = run.rows.length;
    run.complete(1, 0);
    run.complete(2, 0);
    expect(told(run, seq)).toEqual(['completion', 'raise', 'completion']);
    run.interrupt(0);
    run.steps(0);
    expect(told(run, seq + 3)).toEqual(
      'interrupt resolution flags:by_host consume flags:by_guest unpark iret:page_ready raise'.split(' '),
    );
    run.interrupt(0);
    run.steps(0);
    expect(run.of('resolution').map(({token}) => token)).toEqual([wakeAll, 0x1000, 0x2000]); // LG-S6
    expect(run.parked).toEqual([]);
  });

  test('waits for IF=1, and for the handler of page-not-present (LG-S3)', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.mask(0, 0);
    run.complete(1, 0);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    run.mask(0, IF);
    expect(run.can('interrupt', {vcpu: 0})).toBe(true);
    run.fault(0, 2);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    run.steps(0);
    expect(run.can('interrupt', {vcpu: 0})).toBe(true);
  });

  test('a failed page is ready too; its retry is killed', () => {
    const run = booted(protocol);
    run.park(0, 0, 1);
    run.complete(1, 1);
    run.ready(0, 0);
    run.attempt(0);
    expect(run.of('resolution').at(-1)?.result).toBe(0);
    expect(run.of('kill')).toMatchObject([{reason: 'known_failed', page: 1}]);
  });
});

describe('one CR2 and one word for both', () => {
  test('cr2_clobbered (B1, LG-S8): the NMI handler’s own fault before the copy', () => {
    const run = booted(protocol, {misbehave: [{party: 'guest', bug: 'cr2_clobbered', after: 0}]});
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.nmi(0);
    run.fault(0, 7);
    run.complete(7, 0);
    run.settle();
    expect(run.of('copy')).toMatchObject([{token: 0x7000, fault: run.of('delivery')[0].fault}]);
    run.complete(1, 0);
    run.settle();
    expect(run.parked).toEqual([0]);
    expect(run.of('consume').at(-1)).toMatchObject({token: 0x1000, value: 0});
  });

  test('reason_overwritten (LG-S1): READY into the handler of page-not-present', () => {
    const run = booted(protocol, bug('reason_overwritten'));
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.fault(0, 2);
    run.complete(1, 0);
    const seq = run.rows.length;
    run.interrupt(0);
    run.steps(0);
    expect(told(run, seq)).toEqual(
      (
        'interrupt resolution flags:by_host misbehave consume flags:by_guest unpark iret:page_ready ' +
        'copy flags:by_guest park iret:page_not_present'
      ).split(' '),
    );
    expect(run.of('copy').at(-1)?.token).toBe(0x1000);
    run.complete(2, 0);
    run.settle();
    expect(run.parked).toEqual([1]);
  });

  test('neither without the bug', () => {
    const run = booted(protocol);
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.nmi(0);
    run.fault(0, 7);
    run.complete(1, 0);
    run.complete(7, 0);
    run.settle();
    expect(run.of('copy')).toMatchObject([{token: 0x1000}]);
    expect(run.parked).toEqual([]);
  });
});
