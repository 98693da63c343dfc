import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Reason} from '../../src/protocol/reasons.js';
import {ignoring, Run, type SeenRow} from './driver.js';

/** R7: the host delivers page-not-present only when the vCPU's `inuse` is 0. */
function holds(rows: readonly SeenRow[]): boolean {
  const inuse = new Map<number | null, number | null>();
  return rows.every((row) => {
    if (row.kind !== 'inuse') return true;
    const free = (inuse.get(row.vcpu) ?? 0) === 0;
    inuse.set(row.vcpu, row.value);
    return row.reason !== 'by_host' || free;
  });
}

/**
 * The handler of task 0 has set IF and is preempted before it copies; task 1 faults while `inuse` is 1. With a handler
 * that keeps IF clear until its IRET no fault ever meets inuse = 1, as IF would refuse it first (protocol.md A.5.2).
 */
function faultWhileInUse(port: ProtocolPort): Run {
  const run = new Run({handlerInterrupts: true}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.dispatch(0, 1);
  run.fault(0, 2);
  return run;
}

describe('R7: nothing is delivered while inuse is 1', () => {
  test('R7: the second fault is not delivered, and both tasks get their pages', () => {
    const run = faultWhileInUse(pnp);
    expect(run.of('deferral')).toMatchObject([{task: 1, reason: 'in_use'}]);
    expect(run.of('delivery').map((row) => row.task)).toEqual([0]);
    run.complete(2, 0);
    run.complete(1, 0);
    run.settle();
    expect(run.of('retire').map((row) => row.task)).toEqual([1, 0]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R7 broken: the structure is overwritten and task 0 is lost', () => {
    const run = faultWhileInUse(ignoring(Reason.in_use));
    expect(run.of('delivery').map((row) => row.task)).toEqual([0, 1]);
    run.steps(0);
    run.dispatch(0, 0);
    run.steps(0);
    expect(run.of('copy').map((row) => row.token)).toEqual([2, 0]);
    run.complete(1, 0);
    run.complete(2, 0);
    run.settle();
    expect(run.of('retire').map((row) => row.task)).toEqual([1]);
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });
});
