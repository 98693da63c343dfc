import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Run, type SeenRow, smallConfig, withHost} from './driver.js';

/**
 * R1: an access that finds its page paged out or failed makes the host attempt page-not-present; one that finds its
 * page there goes through, and nothing is attempted.
 */
function holds(rows: readonly SeenRow[]): boolean {
  const present = new Set(Array.from({length: smallConfig.presentPages}, (_, page) => page));
  const attempted = new Set(rows.filter((row) => row.kind === 'attempt').map((row) => row.fault));
  return rows.every((row, index) => {
    if (row.kind === 'completion' && row.result === 0) present.add(row.page as number);
    if (row.kind === 'eviction') present.delete(row.page as number);
    if (row.kind === 'fault') return attempted.has(row.seq);
    if (row.kind !== 'access' && row.kind !== 'retry') return true;
    return rows[index + 1].kind === (present.has(row.page as number) ? 'retire' : 'fault');
  });
}

/** Page 0 is there, page 1 absent, page 2 failed when it is touched the second time. */
function touchPages(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.dispatch(0, 0);
  for (const page of [0, 1, 2, 2]) {
    run.access(0, page);
    if (run.can('completion', {page, result: page - 1})) run.complete(page, page - 1);
    run.settle();
    if (!run.can('access', {vcpu: 0, page})) run.dispatch(0, 0);
  }
  return run;
}

describe('R1: the host attempts page-not-present for unavailable pages only', () => {
  test('R1: absent and failed pages are attempted, a present one is not', () => {
    const run = touchPages(pnp);
    expect(run.of('attempt').map((row) => row.page)).toEqual([1, 2, 2]);
    expect(run.of('retire').map((row) => row.page)).toEqual([0, 1]);
    expect(run.of('abandon').map((row) => row.page)).toEqual([2, 2]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R1 broken: a host that takes every page for available attempts nothing', () => {
    const run = touchPages(withHost({available: () => true}));
    expect(run.of('attempt')).toEqual([]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R1 broken: a host that takes a failed page for available', () => {
    const available = pnp.host.available;
    const run = touchPages(withHost({available: (state, page) => page === 2 || available(state, page)}));
    expect(run.of('retire').map((row) => row.page)).toContain(2);
    expect(holds(run.rows)).toBe(false);
  });

  test('R1 broken: a host that finds no page available attempts for a page that is there', () => {
    const run = new Run({}, withHost({available: () => false}));
    run.dispatch(0, 0);
    run.fault(0, 0);
    expect(run.of('attempt').map((row) => row.page)).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });
});
