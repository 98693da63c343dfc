import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Run, type SeenRow, withHost} from './driver.js';

/** R19: every ring entry that the host writes is followed by the interrupt, on the vCPU whose ring it is. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind !== 'resolution') return true;
    const next = rows[index + 1];
    return next?.kind === 'raise' && next.cause === row.seq && next.vcpu === row.vcpu;
  });
}

/** A task on vCPU 1 waits for its page, which comes. */
function completeOne(port: ProtocolPort): Run {
  const run = new Run({vcpus: 2}, port);
  run.park(1, 0, 1);
  run.complete(1, 0);
  return run;
}

describe('R19: a resolution sends the guest an interrupt', () => {
  test('R19: READY is pending on the vCPU that waits, and wakes the task', () => {
    const run = completeOne(pnp);
    expect(run.kinds.slice(-2)).toEqual(['resolution', 'raise']);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    expect(run.can('interrupt', {vcpu: 1})).toBe(true);
    run.ready(1, 0);
    expect(run.rows.at(-1)).toMatchObject({kind: 'retire', task: 0});
    expect(holds(run.rows)).toBe(true);
  });

  test('R19 broken: an entry is written and no interrupt is sent: the task never wakes', () => {
    const run = completeOne(withHost({raise: () => {}}));
    run.settle();
    expect(run.of('resolution').length).toBe(1);
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R19 broken: the interrupt is sent to another vCPU', () => {
    const raise = pnp.host.raise;
    const run = completeOne(withHost({raise: (state, _vcpu, ...rest) => raise(state, 0, ...rest)}));
    run.settle();
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });
});
