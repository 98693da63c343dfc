import {describe, expect, test} from 'vitest';
import {E} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Run, type SeenRow, withHost} from './driver.js';

/**
 * R17: when the page of a delivered token comes or fails, the host writes {result, token} to the ring, and that is what
 * the guest reads there, entry by entry in the order written.
 */
function holds(rows: readonly SeenRow[]): boolean {
  const written = rows.filter((row) => row.kind === 'resolution');
  const read = rows.filter((row) => row.kind === 'consume');
  const outcomesWritten = rows.every((row, index) => {
    if (row.kind !== 'delivery') return true;
    const end = rows.slice(index).find((later) => later.kind === 'completion' && later.page === row.page);
    return end === undefined || written.some((entry) => entry.token === row.token && entry.result === end.result);
  });
  const sameRead = read.every((entry, index) => {
    const source = written[index];
    return entry.cause === source.seq && entry.token === source.token && entry.result === source.result;
  });
  return outcomesWritten && sameRead;
}

/** One task's page comes, the other's fails. */
function completeTwo(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.park(0, 0, 1);
  run.park(0, 1, 2);
  run.complete(2, 1);
  run.complete(1, 0);
  run.settle();
  return run;
}

describe('R17: the outcome is written to the ring', () => {
  test('R17: both outcomes are in the ring, with their tokens, in the order of the I/O', () => {
    const run = completeTwo(pnp);
    expect(run.of('resolution').map((row) => [row.token, row.result, row.value])).toEqual([
      [2, 1, 1],
      [1, 0, 2],
    ]);
    expect(run.of('consume').map((row) => [row.token, row.result])).toEqual([
      [2, 1],
      [1, 0],
    ]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R17: an index that has wrapped around the ring changes nothing', () => {
    const run = new Run({tokens: 2, pages: 8});
    run.dispatch(0, 0);
    for (const page of [1, 2, 3, 4, 5]) {
      run.fault(0, page);
      run.steps(0);
      run.complete(page, page % 2);
      run.ready(0, 0);
    }
    expect(run.of('consume').map((row) => row.result)).toEqual([1, 0, 1, 0, 1]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R17 broken: a resolution is dropped though the ring has space', () => {
    const run = completeTwo(withHost({resolve: () => {}}));
    expect(run.parked).toEqual([0, 1]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R17 broken: a failed page is reported as ready', () => {
    const run = new Run(
      {},
      withHost({
        resolve: (state, vcpu, slot, _result, cause, sink) => pnp.host.resolve(state, vcpu, slot, 0, cause, sink),
      }),
    );
    run.park(0, 0, 1);
    run.complete(1, 1);
    expect(run.of('resolution')).toMatchObject([{result: 0}]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R17 broken: the entry has another token than the one resolved', () => {
    const run = completeTwo(
      withHost({
        resolve: (state, vcpu, slot, result, cause, sink) => {
          pnp.host.resolve(state, vcpu, slot, result, cause, sink);
          state.put(state.layout.ring + E.token, 7);
        },
      }),
    );
    expect(run.of('consume')[0].token).toBe(7);
    expect(holds(run.rows)).toBe(false);
  });
});
