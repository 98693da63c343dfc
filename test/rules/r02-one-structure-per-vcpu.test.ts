import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Reason} from '../../src/protocol/reasons.js';
import {Run, type SeenRow, withHost} from './driver.js';

/**
 * R2: each vCPU has its own page_not_present_data. So the guest copies on a vCPU what was delivered there last, and
 * only that vCPU's own `inuse` can be in the way of a delivery.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    const before = rows.slice(0, index).filter((earlier) => earlier.vcpu === row.vcpu);
    if (row.kind === 'copy') {
      const delivery = before.findLast((earlier) => earlier.kind === 'delivery');
      return delivery?.token === row.token && delivery?.page === row.page;
    }
    if (row.reason === 'in_use') return before.findLast((earlier) => earlier.kind === 'inuse')?.value === 1;
    return true;
  });
}

/** Two vCPUs fault, each on a page of its own, before either handler has copied. */
function faultOnBoth(port: ProtocolPort): Run {
  const run = new Run({vcpus: 2}, port);
  run.dispatch(0, 0);
  run.dispatch(1, 1);
  run.fault(0, 1);
  run.fault(1, 2);
  run.steps(0);
  run.steps(1);
  return run;
}

describe('R2: one page_not_present_data per vCPU', () => {
  test('R2: two vCPUs have page-not-present delivered at once, each in its own structure', () => {
    const run = faultOnBoth(pnp);
    expect(run.of('delivery').map((row) => [row.vcpu, row.page])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(run.of('copy').map((row) => [row.vcpu, row.page])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R2 broken: a delivery fills out the structure of vCPU 0 whichever vCPU it is for', () => {
    const run = faultOnBoth(
      withHost({
        deliver: (state, vcpu, sink) => {
          pnp.host.deliver(state, vcpu, sink);
          for (const field of [V.dataToken, V.dataPage, V.dataOffset, V.dataGvaLo, V.dataGvaHi]) {
            state.put(state.vcpu(0) + field, state.cells[state.vcpu(vcpu) + field]);
          }
        },
      }),
    );
    expect(run.of('copy').map((row) => row.page)).toEqual([2, 2]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R2 broken: one inuse for the whole guest refuses the second vCPU', () => {
    const run = faultOnBoth(
      withHost({
        gate: (state, vcpu) =>
          state.cells[state.vcpu(0) + V.inuse] !== 0 ? Reason.in_use : pnp.host.gate(state, vcpu),
      }),
    );
    expect(run.of('deferral').map((row) => [row.vcpu, row.reason])).toEqual([[1, 'in_use']]);
    expect(holds(run.rows)).toBe(false);
  });
});
