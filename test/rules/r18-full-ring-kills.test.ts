import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {PnpHost, PnpPort} from '../../src/engine/protocols/pnp/port.js';
import {resolvesTwice, tokensFreeOnResolve} from './broken-hosts.js';
import {Run, type SeenRow} from './driver.js';

/**
 * R18: an outcome for which the ring has no space kills the guest: it is never dropped, nor written over another, nor
 * kept for later. And nothing but a full ring kills so.
 */
function holds(rows: readonly SeenRow[], tokens: number): boolean {
  let entries = 0;
  return rows.every((row, index) => {
    if (row.kind === 'consume') entries--;
    if (row.kind === 'resolution') return ++entries <= tokens && row.value === entries;
    if (row.kind === 'kill') return row.reason !== 'ring_overflow' || (entries === tokens && index === rows.length - 1);
    if (row.kind !== 'completion') return true;
    const waits = rows.slice(0, index).some((earlier) => earlier.kind === 'delivery' && earlier.page === row.page);
    const next = rows[index + 1]?.kind;
    return !waits || next === (entries < tokens ? 'resolution' : 'kill');
  });
}

/**
 * An honest host's ring is never full, so this one hands out tokens too early: two outcomes are due, the ring has room
 * for one and the guest takes no interrupt. `resolve` is what the host does with the second.
 */
function overflow(resolve?: PnpHost['resolve']): Run {
  const early = tokensFreeOnResolve();
  const port: PnpPort = {
    guest: early.guest,
    host: {
      ...early.host,
      resolve: (state, vcpu, slot, result, cause, sink) => {
        const v = state.vcpu(vcpu);
        const full = state.cells[v + V.head] - state.cells[v + V.tail] >= state.config.tokens;
        (full && resolve ? resolve : early.host.resolve)(state, vcpu, slot, result, cause, sink);
      },
    },
  };
  const run = new Run({tokens: 1}, port);
  run.park(0, 0, 1);
  run.complete(1, 0);
  run.park(0, 1, 2);
  run.complete(2, 0);
  return run;
}

describe('R18: an outcome that finds the ring full kills the guest', () => {
  test('R18: too many tokens fill the ring, and the guest is killed', () => {
    const run = overflow();
    expect(run.of('delivery').length).toBe(2);
    expect(run.of('resolution').length).toBe(1);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_overflow', task: 1, page: 2}]);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    expect(holds(run.rows, 1)).toBe(true);
  });

  test('R18: a token that is resolved twice fills the ring too', () => {
    const run = new Run({tokens: 1}, resolvesTwice());
    run.park(0, 0, 1);
    run.complete(1, 0);
    expect(run.kinds.slice(-4)).toEqual(['completion', 'resolution', 'raise', 'kill']);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_overflow', task: 0, page: 1}]);
    expect(holds(run.rows, 1)).toBe(true);
  });

  test('R18: with an honest host the ring is full at most, and nobody is killed', () => {
    const run = new Run({tokens: 2});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.complete(2, 0);
    expect(run.of('resolution').map((row) => row.value)).toEqual([1, 2]);
    expect(run.of('kill')).toEqual([]);
    expect(holds(run.rows, 2)).toBe(true);
  });

  test('R18 broken: the outcome is dropped, and its task never wakes', () => {
    const run = overflow(() => {});
    run.settle();
    expect(run.of('kill')).toEqual([]);
    expect(run.parked).toEqual([1]);
    expect(holds(run.rows, 1)).toBe(false);
  });

  test('R18 broken: the outcome is written over one that is not consumed, whose task never wakes', () => {
    const run = overflow((state, vcpu, slot, result, cause, sink) => {
      const tail = state.vcpu(vcpu) + V.tail;
      state.put(tail, state.cells[tail] + 1);
      pnp.host.resolve(state, vcpu, slot, result, cause, sink);
    });
    run.settle();
    expect(run.of('kill')).toEqual([]);
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows, 1)).toBe(false);
  });
});
