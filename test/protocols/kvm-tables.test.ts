import {describe, expect, test} from 'vitest';
import {T, V} from '../../src/engine/layout.js';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {protocol as apfPf} from '../../src/engine/protocols/apf-pf/protocol.js';
import {bucketOf, K, kvmOf} from '../../src/engine/protocols/kvm/cells.js';
import {clearQueue, findItem} from '../../src/engine/protocols/kvm/items.js';
import {booted, byHost} from './kvm-driver.js';

/* What the host of Linux keeps: the table of pages in flight, the queue, the waiters of a page, the done list. */

const protocols = [
  ['apf-int', apfInt],
  ['apf-pf', apfPf],
] as const;

describe.each(protocols)('%s: pages in one bucket of the table', (_name, protocol) => {
  const config = {tasks: 5, tokens: 5, pages: 4096};

  /** Five pages of vCPU 0 that stand in one bucket. */
  function colliding(): number[] {
    const {state} = booted(protocol, config);
    const bucket = bucketOf(state, 0, 1);
    return Array.from({length: 4095}, (_, i) => i + 1)
      .filter((page) => bucketOf(state, 0, page) === bucket)
      .slice(0, 5);
  }

  test.each([
    [0, 1, 2, 3, 4],
    [4, 3, 2, 1, 0],
    [2, 0, 4, 1, 3],
  ])('LG-S5, PI-S15: each is found, and leaves, in the order %i %i %i %i %i', (...order) => {
    const pages = colliding();
    expect(pages.length).toBe(5);
    const run = booted(protocol, config);
    for (const task of [0, 1, 2, 3, 4]) run.park(0, task, pages[task]);
    for (const [done, task] of order.entries()) {
      for (const other of order) {
        const isThere = order.indexOf(other) >= done;
        expect(findItem(run.state, 0, pages[other]) !== -1, `page of task ${other}`).toBe(isThere);
      }
      expect(findItem(run.state, 0, pages[4] + 4095)).toBe(-1);
      run.complete(pages[task], 0);
      run.settle();
      expect(run.of('unpark').at(-1)).toMatchObject({task});
    }
    expect(run.parked).toEqual([]);
    expect(run.state.cells[run.state.vcpu(0) + V.tokensUsed]).toBe(0);
  });
});

describe.each(protocols)('%s: a page for which four vCPUs wait', (_name, protocol) => {
  function wait() {
    const run = booted(protocol, {vcpus: 4, tasks: 8, tokens: 2, pages: 16});
    for (const vcpu of [2, 0, 3, 1]) {
      run.park(vcpu, vcpu, 1);
      run.park(vcpu, vcpu + 4, 2 + vcpu);
    }
    return run;
  }

  test('Q30: it is done for each in the order of their tokens, then vCPUs', () => {
    const run = wait();
    run.complete(1, 0);
    run.settle();
    const woken = run.of('unpark').map(({task}) => task);
    expect([...woken].sort()).toEqual([0, 1, 2, 3]);
    expect(run.parked).toEqual([4, 5, 6, 7]);
  });

  test.each([0, 1, 2, 3])('B5: vCPU %i forgets its queue, and the others do not', (gone) => {
    const run = wait();
    clearQueue(run.state, gone);
    const k = kvmOf(run.state, gone);
    expect(run.state.cells[run.state.vcpu(gone) + V.tokensUsed]).toBe(0);
    expect(run.state.cells[k + K.doneFirst]).toBe(0);
    expect(findItem(run.state, gone, 1)).toBe(-1);
    for (let slot = 2 * gone; slot < 2 * gone + 2; slot++)
      expect(run.state.cells[run.state.token(slot) + T.actor]).toBe(0);
    run.complete(1, 0);
    for (const vcpu of [0, 1, 2, 3]) run.complete(2 + vcpu, 0);
    run.settle();
    expect(run.parked).toEqual([gone, gone + 4]);
    expect([run.state.hashLow, run.state.hashHigh]).toEqual(run.state.hashFromCells());
  });
});

test('apf-int, B5: what is done is forgotten too', () => {
  const run = booted(apfInt, {tasks: 3, tokens: 3, pages: 16});
  for (const task of [0, 1, 2]) run.park(0, task, task + 1);
  run.mask(0, 0);
  for (const page of [1, 2]) run.complete(page, 0);
  clearQueue(run.state, 0);
  expect(run.state.cells[kvmOf(run.state, 0) + K.doneFirst]).toBe(0);
  expect(run.state.cells[kvmOf(run.state, 0) + K.doneLast]).toBe(0);
  expect(run.state.cells[run.state.vcpu(0) + V.tokensUsed]).toBe(0);
  const resolved = byHost(run, 'resolution').length;
  run.complete(3, 0);
  run.mask(0, 1);
  run.settle();
  expect(byHost(run, 'resolution').length).toBe(resolved);
  expect(run.parked.length).toBeGreaterThan(0);
});
