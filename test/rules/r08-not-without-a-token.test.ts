import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {endlessTokens} from './broken-hosts.js';
import {Run, type SeenRow} from './driver.js';

/** R8: page-not-present is delivered only when one of the vCPU's N tokens is free: not held, or consumed again. */
function holds(rows: readonly SeenRow[], tokens: number): boolean {
  const held = new Map<number | null, number>();
  return rows.every((row) => {
    const now = (held.get(row.vcpu) ?? 0) + (row.kind === 'delivery' ? 1 : row.kind === 'consume' ? -1 : 0);
    held.set(row.vcpu, now);
    return now <= tokens;
  });
}

/** Task 0 holds the only token, outstanding; task 1 faults with every other gate open. */
function faultWithoutToken(port: ProtocolPort): Run {
  const run = new Run({tokens: 1}, port);
  run.park(0, 0, 1);
  run.dispatch(0, 1);
  run.fault(0, 2);
  return run;
}

describe('R8: nothing is delivered without a token', () => {
  test('R8: the second fault sleeps, and a third has the token that came back', () => {
    const run = faultWithoutToken(pnp);
    expect(run.of('deferral')).toMatchObject([{task: 1, reason: 'no_token'}]);
    run.complete(2, 0);
    run.complete(1, 0);
    run.settle();
    run.dispatch(0, 1);
    run.fault(0, 3);
    expect(run.of('delivery').map((row) => row.page)).toEqual([1, 3]);
    expect(holds(run.rows, 1)).toBe(true);
  });

  test('R8: with N = 0 nothing is ever delivered', () => {
    const run = new Run({tokens: 0});
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(run.of('deferral')).toMatchObject([{reason: 'no_token'}]);
    expect(holds(run.rows, 0)).toBe(true);
  });

  test('R8 broken: a host that has no regard for tokens', () => {
    const run = faultWithoutToken(endlessTokens());
    expect(run.of('delivery').map((row) => row.page)).toEqual([1, 2]);
    expect(holds(run.rows, 1)).toBe(false);
  });
});
