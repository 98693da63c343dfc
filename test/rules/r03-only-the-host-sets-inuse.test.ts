import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {Row} from '../../src/protocol/row.js';
import {guestSteps, Run, type SeenRow, withGuest} from './driver.js';

/** R3: `inuse` goes from 0 to 1 by the host's hand only. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row) => row.kind !== 'inuse' || row.value !== 1 || (row.reason === 'by_host' && !row.choice));
}

describe('R3: only the host sets inuse', () => {
  test('R3: a delivery sets inuse, an event of the host', () => {
    const run = new Run();
    run.park(0, 0, 1);
    expect(run.of('inuse').filter((row) => row.value === 1)).toMatchObject([{reason: 'by_host', choice: false}]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R3 broken: a guest that writes 1 where it should clear gets no page-not-present ever again', () => {
    const run = new Run(
      {},
      withGuest({
        inuse: (state, vcpu, sink) => {
          const rewritten = (row: Float64Array) => {
            row[Row.value] = 1;
            sink.row(row);
          };
          guestSteps.inuse(state, vcpu, {row: rewritten});
          state.put(state.vcpu(vcpu) + V.inuse, 1);
        },
      }),
    );
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    expect(run.of('deferral').map((row) => row.reason)).toEqual(['in_use']);
    expect(holds(run.rows)).toBe(false);
  });
});
