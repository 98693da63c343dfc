import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Reason} from '../../src/protocol/reasons.js';
import {IF, ignoring, maskAt, Run, type SeenRow, TPR, withHost} from './driver.js';

/** R6: the TPR stops page-not-present if the option says so, and has no say in it otherwise. */
function holds(rows: readonly SeenRow[], checkTpr: boolean): boolean {
  return rows.every((row, seq) => {
    if (row.kind === 'delivery') return !checkTpr || (maskAt(rows, row.vcpu, seq) & TPR) === 0;
    return row.kind !== 'deferral' || checkTpr || row.reason !== 'tpr';
  });
}

/** The task's TPR masks the class of page-not-present when it faults. */
function faultUnderTpr(checkTpr: boolean, port: ProtocolPort): Run {
  const run = new Run({checkTpr}, port);
  run.dispatch(0, 0);
  run.mask(0, IF | TPR);
  run.fault(0, 1);
  return run;
}

describe('R6: the TPR is a gate only if it is configured to be', () => {
  test('R6: with the option on it is not delivered', () => {
    const run = faultUnderTpr(true, pnp);
    expect(run.of('deferral')).toMatchObject([{reason: 'tpr'}]);
    expect(holds(run.rows, true)).toBe(true);
  });

  test('R6: with the option off it is delivered', () => {
    const run = faultUnderTpr(false, pnp);
    expect(run.of('delivery').length).toBe(1);
    expect(holds(run.rows, false)).toBe(true);
  });

  test('R6 broken: the option is on and the TPR is ignored', () => {
    const run = faultUnderTpr(true, ignoring(Reason.tpr));
    expect(run.of('delivery').length).toBe(1);
    expect(holds(run.rows, true)).toBe(false);
  });

  test('R6 broken: the option is off and the TPR is heeded', () => {
    const heeding = withHost({
      gate: (state, vcpu) =>
        (state.cells[state.vcpu(vcpu) + V.mask] & TPR) !== 0 ? Reason.tpr : pnp.host.gate(state, vcpu),
    });
    const run = faultUnderTpr(false, heeding);
    expect(run.of('delivery')).toEqual([]);
    expect(holds(run.rows, false)).toBe(false);
  });
});
