import {describe, expect, test} from 'vitest';
import {misbehaving} from '../../src/engine/misbehave.js';
import {protocol} from '../../src/engine/protocols/ve/protocol.js';
import {ve} from '../../src/engine/protocols/ve/ve.js';
import {type EngineConfig, TaskMode} from '../../src/protocol/engine-config.js';
import {IF, Run, type SeenRow, smallConfig, TPR} from '../rules/driver.js';

/** Three tasks, three entries; page 0 is present, pages 1 to 5 are absent. */
function veRun(config: Partial<EngineConfig> = {}): Run {
  const full = {...smallConfig, tasks: 3, tokens: 3, pages: 6, ...config};
  return new Run(full, misbehaving(protocol, full));
}

/** Rows in words: kind, then what tells them apart. */
function words(rows: readonly SeenRow[]): string[] {
  return rows.map(({kind, token, reason, result, value}) =>
    [kind, token ?? '', reason ?? '', result ?? '', value ?? ''].join(' ').replace(/ +/g, ' ').trim(),
  );
}

describe('a fault that CAN_CONTINUE (B.3)', () => {
  test('busy is set with the delivery and cleared after the hypercall; the task waits in its handler', () => {
    const run = veRun();
    run.park(0, 0, 1);
    expect(words(run.rows)).toEqual([
      'dispatch',
      'access',
      'fault',
      'attempt',
      'busy by_host 1',
      'delivery',
      'copy 0',
      'hypercall 0 can_continue',
      'busy by_guest 0',
      'park 0 1',
      'iret page_not_present',
    ]);
    expect(run.parked).toEqual([0]);
  });

  test('the page comes: RESOLVED, one completion, the waiter is woken and tries again (VE-L1)', () => {
    const run = veRun();
    run.park(0, 0, 1);
    const from = run.rows.length;
    run.complete(1, 0);
    run.ready(0, 0);
    expect(words(run.rows.slice(from))).toEqual([
      'completion 0',
      'resolution 0 0',
      'raise',
      'interrupt',
      'consume 0 0 1',
      'unpark 0 0',
      'iret page_ready',
      'dispatch',
      'retry',
      'retire',
    ]);
  });

  test('the page fails: FAIL, and the access is given up (R22)', () => {
    const run = veRun();
    run.fail(0, 0, 1);
    expect(run.of('resolution')[0].result).toBe(1);
    expect(run.of('abandon').map(({page}) => page)).toEqual([1]);
    expect(run.of('kill')).toEqual([]);
  });

  test('a page that is ready by the hypercall is resolved there, and nobody waits or is interrupted (R15, R16)', () => {
    const run = veRun({vcpus: 2, tasks: 2});
    run.park(1, 1, 1);
    run.dispatch(0, 0);
    run.access(0, 1);
    run.complete(1, 0);
    run.attempt(0);
    const from = run.rows.length;
    run.steps(0);
    expect(words(run.rows.slice(from))).toEqual([
      'copy 0',
      'hypercall 0 can_continue',
      'resolution 0 0',
      'busy by_guest 0',
      'park 0 early 0',
      'iret page_not_present',
      'retry',
      'retire',
    ]);
    expect(run.of('raise').filter(({vcpu}) => vcpu === 0)).toEqual([]);
  });

  test('the host learns of the fault by the hypercall: its I/O begins there, and cannot end before', () => {
    const run = veRun();
    run.dispatch(0, 0);
    run.access(0, 1);
    for (const kind of ['attempt', 'copy', 'hypercall'] as const) {
      expect(run.can('completion', {page: 1, result: 0})).toBe(false);
      run.take(kind, {vcpu: 0});
    }
    expect(run.can('completion', {page: 1, result: 0})).toBe(true);
  });

  test('a completion between hypercall and wait: the task does not wait, and the wake-up that comes finds nobody (A.5.9)', () => {
    const run = veRun();
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    run.step(0, 'hypercall');
    run.complete(1, 0);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    run.step(0, 'busy');
    run.step(0, 'park');
    expect(words(run.of('park'))).toEqual(['park 0 early 0']);
    run.steps(0);
    run.interrupt(0);
    run.step(0, 'consume');
    expect(words(run.of('consume'))).toEqual(['consume 0 0']);
    run.step(0, 'iret');
    expect(run.rows.at(-1)?.reason).toBe('page_ready');
  });

  test('a false wake-up does not end the wait of the entry’s next user (A.5.9)', () => {
    const run = veRun();
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    run.step(0, 'hypercall');
    run.complete(1, 0);
    run.steps(0); // entry 0 is free again, its completion pends still
    run.exit(0);
    run.park(0, 1, 2);
    expect(run.of('copy').map(({token}) => token)).toEqual([0, 0]);
    run.interrupt(0);
    run.steps(0);
    expect(words(run.of('consume'))).toEqual(['consume 0 0']);
    expect(run.parked).toEqual([1]);
    run.complete(2, 0);
    run.ready(0, 1);
    expect(run.parked).toEqual([]);
    expect(run.of('retire')).toHaveLength(2);
  });
});

describe('the busy word', () => {
  test('VE-S1: #VE comes whatever IF is, at any level and in an NMI handler', () => {
    const run = veRun({taskModes: Uint8Array.of(TaskMode.kernel, TaskMode.user, TaskMode.user)});
    run.dispatch(0, 0);
    run.mask(0, 0);
    run.fault(0, 1);
    expect(run.of('delivery')).toHaveLength(1);
    const inNmi = veRun();
    inNmi.nmi(0);
    inNmi.fault(0, 1);
    expect(inNmi.of('delivery').map(({task}) => task)).toEqual([null]);
  });

  test('VE-S1: without entries nothing is converted, and every fault is a VM exit (tokens 0)', () => {
    const run = veRun({tokens: 0});
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(words(run.rows).slice(-2)).toEqual(['deferral no_token', 'sleep suspended']);
    run.complete(1, 0);
    run.steps(0);
    expect(run.kinds.slice(-3)).toEqual(['wakeup', 'retry', 'retire']);
  });

  test('VE-S1: nor is a fault of a nested guest, whose EPT is another', () => {
    const run = veRun({taskModes: Uint8Array.of(TaskMode.nested, TaskMode.user, TaskMode.user)});
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(words(run.rows).slice(-2)).toEqual(['deferral nested', 'sleep suspended']);
  });

  test.for(['copy', 'hypercall', 'busy'] as const)('VE-S2: an NMI that faults before %s suspends the vCPU', (kind) => {
    const run = veRun();
    run.dispatch(0, 0);
    run.fault(0, 1);
    while (!run.can(kind, {vcpu: 0})) run.step(0, run.can('copy', {vcpu: 0}) ? 'copy' : 'hypercall');
    run.nmi(0);
    run.fault(0, 2);
    expect(words(run.rows).slice(-2)).toEqual(['deferral busy', 'sleep suspended']);
    expect(run.of('delivery')).toHaveLength(1);
    run.complete(2, 0);
    run.steps(0);
    expect(run.of('retire').map(({task, page}) => [task, page])).toEqual([[null, 2]]);
    expect(run.parked).toEqual([0]); // the NMI over, the handler went on
  });

  test('VE-S2: a known failed page kills where #VE cannot come (R11), and is recovered from where that exists (R12)', () => {
    for (const recovery of [false, true]) {
      const run = veRun({recovery});
      run.fail(0, 0, 2);
      run.fault(0, 1);
      run.nmi(0);
      run.fault(0, 2);
      expect(words(run.rows).slice(-2)).toEqual(
        recovery ? ['deferral busy', 'recovery'] : ['log known_failed', 'kill known_failed'],
      );
    }
  });

  test('R27: an NMI that faults between busy = 0 and the IRET nests, to depth 2', () => {
    const run = veRun();
    run.dispatch(0, 0);
    run.fault(0, 1);
    for (const kind of ['copy', 'hypercall', 'busy', 'park'] as const) run.step(0, kind);
    run.nmi(0);
    run.fault(0, 2);
    expect(words(run.rows).slice(-2)).toEqual(['busy by_host 1', 'delivery']);
    run.step(0, 'copy');
    run.step(0, 'hypercall');
    expect(words(run.rows).slice(-3)).toEqual(['copy 1', 'hypercall 1 suspend_me', 'sleep suspend_me']);
    run.complete(2, 0);
    run.steps(0);
    expect(run.of('iret').map(({task, reason}) => [task, reason])).toEqual([
      [null, 'page_not_present'],
      [null, 'nmi'],
      [0, 'page_not_present'],
    ]);
    expect(run.parked).toEqual([0]);
  });

  test('R27: with no entry left for the nested #VE the sketch has its BUG (A.5.9)', () => {
    const run = veRun({tokens: 2});
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.fault(0, 2);
    run.step(0, 'copy');
    run.step(0, 'hypercall');
    run.complete(2, 0);
    run.step(0, 'busy');
    run.nmi(0);
    run.fault(0, 3);
    run.step(0, 'copy');
    expect(words(run.rows).slice(-2)).toEqual(['copy', 'kill bad_state']);
    expect(run.state.dead).toBe(true);
  });

  test('VE-S3: busy is cleared only after the hypercall has returned', () => {
    const run = veRun();
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    expect(run.can('busy', {vcpu: 0})).toBe(false);
    run.step(0, 'hypercall');
    expect(run.can('busy', {vcpu: 0})).toBe(true);
  });
});

describe('the entries', () => {
  test('VE-S4: SUSPEND_ME, RESOLVED, NONE; VE-S7: the vCPU does nothing until then', () => {
    const run = veRun({taskModes: Uint8Array.of(TaskMode.kernel, TaskMode.user, TaskMode.user)});
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    run.step(0, 'hypercall');
    expect(words(run.rows).slice(-2)).toEqual(['hypercall 0 suspend_me', 'sleep suspend_me']);
    for (const kind of ['busy', 'nmi', 'interrupt', 'halt'] as const) expect(run.can(kind, {vcpu: 0})).toBe(false);
    run.complete(1, 0);
    run.steps(0);
    expect(words(run.rows).slice(-7)).toEqual([
      'completion 0',
      'resolution 0 0',
      'wakeup',
      'busy by_guest 0',
      'iret page_not_present',
      'retry',
      'retire',
    ]);
    expect(run.of('raise')).toEqual([]);
  });

  test('VE-S5: the first entry that is free; one that is resolved is free only once its task has run', () => {
    const run = veRun({tasks: 4, tokens: 4});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.interrupt(0);
    run.steps(0);
    run.park(0, 2, 3);
    expect(run.of('copy').map(({token}) => token)).toEqual([0, 1, 2]);
    run.dispatch(0, 0);
    run.steps(0);
    run.fault(0, 4);
    run.steps(0);
    expect(run.of('copy').map(({token}) => token)).toEqual([0, 1, 2, 0]);
  });

  test('VE-S6: the last entry of the bitmap is SUSPEND_ME, as are the kernel’s and an NMI’s, and with interrupts blocked', () => {
    const run = veRun();
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.dispatch(0, 2);
    run.fault(0, 3);
    run.steps(0);
    expect(run.of('hypercall').map(({reason}) => reason)).toEqual(['can_continue', 'can_continue', 'suspend_me']);
    for (const mask of [0, IF | TPR]) {
      const masked = veRun();
      masked.dispatch(0, 0);
      masked.mask(0, mask);
      masked.fault(0, 1);
      masked.steps(0);
      expect(masked.of('hypercall').map(({reason}) => reason)).toEqual(['suspend_me']);
    }
    const nmi = veRun();
    nmi.nmi(0);
    nmi.fault(0, 1);
    nmi.steps(0);
    expect(nmi.of('hypercall').map(({reason}) => reason)).toEqual(['suspend_me']);
  });

  test('VE-S4: an entry whose state cannot be kills the guest at the hypercall', () => {
    const run = veRun({misbehave: [{party: 'guest', bug: 'early_busy_clear', after: 0}]});
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    run.step(0, 'busy');
    expect(run.kinds.at(-1)).toBe('misbehave');
    run.nmi(0);
    run.fault(0, 2); // nests, and takes guest_current
    run.steps(0);
    run.complete(2, 0);
    run.steps(0);
    expect(words(run.rows).slice(-2)).toEqual(['hypercall 1 can_continue', 'kill 1 bad_state']);
  });

  test('a retry whose page was evicted is a new fault, in an entry anew', () => {
    const run = veRun();
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.interrupt(0);
    run.steps(0);
    run.evict(1);
    run.dispatch(0, 0);
    run.steps(0);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'fault']);
    run.attempt(0);
    run.steps(0);
    expect(run.of('copy').map(({token}) => token)).toEqual([0, 0]);
    expect(run.parked).toEqual([0]);
  });
});

describe('host_current (VE-S8)', () => {
  /** Two tasks wait, and both pages have come. */
  function twoCompleted(config: Partial<EngineConfig> = {}): Run {
    const run = veRun(config);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.complete(2, 0);
    return run;
  }

  test('the completion interrupt waits for IF=1', () => {
    const run = veRun();
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.mask(0, 0);
    run.complete(1, 0);
    expect(run.of('raise')).toHaveLength(1);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    run.mask(0, IF);
    expect(run.can('interrupt', {vcpu: 0})).toBe(true);
  });

  test('a second completion is injected once the guest has handled the first', () => {
    const run = twoCompleted();
    expect(run.of('raise')).toHaveLength(1);
    run.interrupt(0);
    run.step(0, 'consume');
    run.step(0, 'unpark');
    expect(run.of('raise')).toHaveLength(1);
    run.step(0, 'iret');
    expect(run.kinds.slice(-2)).toEqual(['iret', 'raise']);
    run.interrupt(0);
    run.steps(0);
    expect(run.of('consume').map(({token, value}) => [token, value])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(run.parked).toEqual([]);
  });

  test('VE-L1, R20: a host that overwrites it, for the interrupt pends already, strands the task that the first was for (lost_current)', () => {
    const run = twoCompleted({misbehave: [{party: 'host', bug: 'lost_current', after: 0}]});
    expect(words(run.rows).slice(-2)).toEqual(['raise coalesced', 'misbehave 0']);
    run.interrupt(0);
    run.steps(0);
    run.settle();
    expect(run.of('consume').map(({token}) => token)).toEqual([1]);
    expect(run.parked).toEqual([0]);
  });
});

test('a vCPU that was told to halt wakes for a completion, and not while one pends (Q21)', () => {
  const run = veRun();
  run.park(0, 0, 1);
  run.halt(0);
  expect(run.of('halt').map(({value}) => value)).toEqual([1]);
  expect(run.can('resume', {vcpu: 0})).toBe(true); // tasks 1 and 2 can run
  run.complete(1, 0);
  run.resume(0);
  expect(run.rows.at(-1)?.reason).toBe('interrupt');
  expect(run.can('halt', {vcpu: 0})).toBe(false);
});

test('the clean protocol is what the folder exports', () => {
  expect(protocol.port).toBe(ve);
  expect(Object.keys(protocol.bugs).sort()).toEqual(['early_busy_clear', 'lost_current']);
});
