import {describe, expect, test} from 'vitest';
import {T} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {resolvesTwice} from './broken-hosts.js';
import {Run, type SeenRow, withHost} from './driver.js';

/** R13: of a run whose I/O has all ended, every delivery's token has been resolved, once, and no other token has. */
function holds(rows: readonly SeenRow[]): boolean {
  const name = (row: SeenRow) => `${row.vcpu}:${row.token}`;
  const delivered = rows.filter((row) => row.kind === 'delivery').map(name);
  const resolved = rows.filter((row) => row.kind === 'resolution').map(name);
  return delivered.sort().join() === resolved.sort().join();
}

/** Two tasks wait for one page; it comes. */
function shareOnePage(port: ProtocolPort, tokens: number): Run {
  const run = new Run({tokens}, port);
  run.park(0, 0, 1);
  run.park(0, 1, 1);
  run.complete(1, 0);
  run.settle();
  return run;
}

describe('R13: every delivered token is resolved exactly once', () => {
  test('R13: both waiters of a page are resolved and go on', () => {
    const run = shareOnePage(pnp, 2);
    expect(run.of('delivery').map((row) => row.token)).toEqual([1, 2]);
    expect(run.of('resolution').map((row) => row.token)).toEqual([1, 2]);
    expect(run.of('retire').map((row) => row.task)).toEqual([0, 1]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R13 broken: a waiter is skipped and its task never wakes', () => {
    const skipping = withHost({
      complete: (state, page, result, sink) => {
        const first = state.pageWaiters(page) - 1;
        state.setPageWaiters(page, state.cells[state.token(first) + T.next]);
        pnp.host.complete(state, page, result, sink);
      },
    });
    const run = shareOnePage(skipping, 2);
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R13 broken: tokens are resolved twice', () => {
    const run = shareOnePage(resolvesTwice(), 4);
    expect(run.of('resolution').map((row) => row.token)).toEqual([1, 1, 2, 2]);
    expect(holds(run.rows)).toBe(false);
  });
});
