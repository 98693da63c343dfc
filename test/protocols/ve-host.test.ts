import {describe, expect, test} from 'vitest';
import {Layout} from '../../src/engine/layout.js';
import {waiterOf} from '../../src/engine/protocols/ve/guest.js';
import {EntryState, ownOf, setEntryState} from '../../src/engine/protocols/ve/page.js';
import type {VeHost} from '../../src/engine/protocols/ve/port.js';
import {protocol} from '../../src/engine/protocols/ve/protocol.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none, Row, type RowSink} from '../../src/protocol/row.js';
import {Run, smallConfig} from '../rules/driver.js';

/* What the hardware and the host of the sketch do in corners that a run seldom comes to. */

const host = protocol.port.host as VeHost;

/** Three tasks, three entries a vCPU; page 0 is present, pages 1 to 5 are absent. */
function veRun(config: Partial<EngineConfig> = {}): Run {
  return new Run({...smallConfig, tasks: 3, tokens: 3, pages: 6, ...config}, protocol.port);
}

test('VE-S1, R27: hw_info says where the access went, also that of an NMI handler that nests', () => {
  const run = veRun();
  run.dispatch(0, 0);
  run.take('access', {vcpu: 0, page: 1, offset: 0x123, gva: 0x7f12_89ab_c123});
  run.attempt(0);
  for (const kind of ['copy', 'hypercall', 'busy'] as const) run.step(0, kind);
  run.nmi(0);
  run.take('access', {vcpu: 0, page: 2, offset: 0x456, gva: 0x7f34_0000_0456});
  run.attempt(0);
  run.step(0, 'copy');
  expect(run.of('copy')).toMatchObject([
    {task: 0, gpa: 0x1123, gva: 0x7f12_89ab_c123},
    {task: null, gpa: 0x2456, gva: 0x7f34_0000_0456},
  ]);
});

describe('VE-S2: a fault that is not converted, as nothing is while busy is set', () => {
  /** vCPU 0 was given #VE; an NMI there touches page 1, for which a task of vCPU 1 waits. */
  function touched(): Run {
    const run = veRun({vcpus: 2});
    run.park(1, 2, 1);
    run.dispatch(0, 0);
    run.fault(0, 2);
    run.nmi(0);
    run.access(0, 1);
    return run;
  }

  test('R11, R12: a page that came before the answer has not failed: the vCPU goes on at once, because of it', () => {
    const run = touched();
    run.complete(1, 0);
    const [completion] = run.of('completion');
    const from = run.rows.length;
    run.attempt(0);
    const rows = run.rows.slice(from);
    expect(rows.map(({kind, reason}) => [kind, reason])).toEqual([
      ['attempt', null],
      ['deferral', 'busy'],
      ['sleep', 'suspended'],
      ['wakeup', null],
    ]);
    expect(rows[3].cause).toBe(completion.seq);
    run.step(0, 'retry');
    expect(run.rows.at(-1)).toMatchObject({kind: 'retire', page: 1});
  });

  test('R11, R12: one that is yet to come suspends it until then', () => {
    const run = touched();
    run.attempt(0);
    expect(run.kinds.slice(-2)).toEqual(['deferral', 'sleep']);
    run.complete(1, 0);
    expect(run.of('wakeup')).toMatchObject([{vcpu: 0, page: 1, cause: run.of('completion')[0].seq}]);
  });
});

describe('VE-S4: a host that is to resolve an entry in a state that cannot be kills the guest', () => {
  /** What the kill says, with entries of vCPU 1 in a state that cannot be: the entry, the actor whose it is, or who runs. */
  function killed(
    slot: number,
    prepare: (run: Run) => void,
  ): {vcpu: number; task: number; token: number; reason: number} {
    const run = veRun({vcpus: 2, tasks: 4});
    prepare(run);
    const rows: Float64Array[] = [];
    const sink: RowSink = {row: (row) => rows.push(row.slice())};
    host.resolve(run.state, slot, 0, none, sink);
    expect([rows.length, run.state.dead]).toEqual([1, true]);
    const [row] = rows;
    return {vcpu: row[Row.vcpu], task: row[Row.task], token: row[Row.token], reason: row[Row.reason]};
  }

  test('whose entry it is', () => {
    const prepare = (run: Run) => {
      run.park(1, 0, 1);
      run.park(1, 1, 2);
      run.dispatch(1, 2);
      setEntryState(run.state, 3, EntryState.resolved);
    };
    expect(killed(3, prepare)).toEqual({vcpu: 1, task: 0, token: 0, reason: Reason.bad_state});
  });

  test('an entry of nobody: who runs', () => {
    expect(killed(5, (run) => run.dispatch(1, 0))).toEqual({vcpu: 1, task: 0, token: 2, reason: Reason.bad_state});
  });

  test('an entry of nobody, where nobody runs: no task', () => {
    const idle = (run: Run) => run.dispatch(0, 1);
    expect(killed(5, idle)).toEqual({vcpu: 1, task: none, token: 2, reason: Reason.bad_state});
  });
});

test('VE-S8: nobody is woken under an entry whose task has not come to wait', () => {
  const run = veRun({vcpus: 2});
  run.park(1, 1, 1);
  run.dispatch(0, 0);
  run.access(0, 1);
  run.attempt(0);
  run.step(0, 'copy');
  run.complete(1, 0);
  run.step(0, 'hypercall');
  expect(run.of('resolution').map(({vcpu, token}) => [vcpu, token])).toEqual([
    [1, 0],
    [0, 0],
  ]);
  expect([waiterOf(run.state, 0), waiterOf(run.state, 3), waiterOf(run.state, 1)]).toEqual([none, 1, none]);
});

test('VE-S8, VE-L1: completions queue in the order in which they came, each once', () => {
  const run = veRun({tasks: 4, tokens: 4});
  for (const task of [0, 1, 2]) run.park(0, task, task + 1);
  for (const page of [3, 2, 1]) run.complete(page, 0);
  expect(run.of('raise').length).toBe(1);
  for (const task of [2, 1, 0]) {
    run.interrupt(0);
    run.steps(0);
    expect(run.of('unpark').at(-1)).toMatchObject({task});
  }
  expect(run.of('consume').map(({token}) => token)).toEqual([2, 1, 0]);
  expect(run.can('interrupt', {vcpu: 0})).toBe(false);
});

test('ve keeps no sequence numbers beside those that all protocols keep', () => {
  const config = {...smallConfig, vcpus: 2, tasks: 3, tokens: 4};
  const layout = new Layout(config, ownOf(config));
  expect(layout.refDevices).toBe(layout.refOwn);
});
