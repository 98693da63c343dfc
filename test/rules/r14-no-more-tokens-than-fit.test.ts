import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {endlessTokens, tokensFreeOnResolve} from './broken-hosts.js';
import {Run, type SeenRow} from './driver.js';

/** R14, first half: at most N page-not-presents of a vCPU are outstanding and unresolved. */
function unresolvedFit(rows: readonly SeenRow[], tokens: number): boolean {
  return neverMore(rows, tokens, 'resolution');
}

/** R14, second half: every token that is out has room in the ring, so it is out until its entry is consumed. */
function tokensFitRing(rows: readonly SeenRow[], tokens: number): boolean {
  return neverMore(rows, tokens, 'consume');
}

function neverMore(rows: readonly SeenRow[], tokens: number, end: 'resolution' | 'consume'): boolean {
  let out = 0;
  let most = 0;
  for (const row of rows) {
    if (row.kind === 'delivery') out++;
    if (row.kind === end) out--;
    most = Math.max(most, out);
  }
  return most <= tokens;
}

/** Three tasks fault one after another; no page comes. */
function faultThrice(port: ProtocolPort): Run {
  const run = new Run({tasks: 3, tokens: 2}, port);
  run.park(0, 0, 1);
  run.park(0, 1, 2);
  run.dispatch(0, 2);
  run.fault(0, 3);
  return run;
}

/** The only token is resolved, but READY has not been taken yet, when the second task faults. */
function faultBeforeConsume(port: ProtocolPort): Run {
  const run = new Run({tokens: 1}, port);
  run.park(0, 0, 1);
  run.complete(1, 0);
  run.dispatch(0, 1);
  run.fault(0, 2);
  return run;
}

describe('R14: no more tokens are out than fit the ring', () => {
  test('R14: with N outstanding and unresolved the next fault is not delivered', () => {
    const run = faultThrice(pnp);
    expect(run.of('delivery').length).toBe(2);
    expect(run.of('deferral')).toMatchObject([{task: 2, reason: 'no_token'}]);
    expect(unresolvedFit(run.rows, 2)).toBe(true);
  });

  test('R14 broken: more than N are outstanding', () => {
    const run = faultThrice(endlessTokens());
    expect(run.of('delivery').length).toBe(3);
    expect(unresolvedFit(run.rows, 2)).toBe(false);
  });

  test('R14: a token whose entry is not consumed is not free', () => {
    const run = faultBeforeConsume(pnp);
    expect(run.of('resolution').length).toBe(1);
    expect(run.of('consume')).toEqual([]);
    expect(run.of('deferral')).toMatchObject([{task: 1, reason: 'no_token'}]);
    expect(tokensFitRing(run.rows, 1)).toBe(true);
  });

  test('R14 broken: tokens are free once resolved, and the ring overflows', () => {
    const run = faultBeforeConsume(tokensFreeOnResolve());
    expect(run.of('delivery').length).toBe(2);
    expect(tokensFitRing(run.rows, 1)).toBe(false);
    run.complete(2, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_overflow'}]);
  });
});
