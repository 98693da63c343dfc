import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {Run} from './driver.js';

/** A task is parked and its page about to come, when the guest adds `by` to the tail of its ring. */
function afterTail(by: number, tokens = 2): Run {
  const run = new Run({tokens});
  run.park(0, 0, 1);
  const tail = run.state.vcpu(0) + V.tail;
  run.state.put(tail, (run.state.cells[tail] + by) | 0);
  run.complete(1, 0);
  return run;
}

describe('Q24: the host validates the index that the guest owns', () => {
  test('Q24: a tail ahead of head kills the guest, and nothing is written', () => {
    const run = afterTail(1);
    expect(run.kinds.slice(-2)).toEqual(['completion', 'kill']);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_corrupt', token: 1, task: 0, page: 1}]);
    expect(run.state.dead).toBe(true);
  });

  test('Q24: a tail further behind than the ring is long kills the guest', () => {
    expect(afterTail(-3).of('kill')).toMatchObject([{reason: 'ring_corrupt'}]);
  });

  test('Q24, R18: a tail as far behind as the ring is long says that it is full', () => {
    expect(afterTail(-2).of('kill')).toMatchObject([{reason: 'ring_overflow'}]);
  });

  test('Q24: the tail of a guest that is honest kills nobody', () => {
    const run = afterTail(0);
    expect(run.kinds.slice(-3)).toEqual(['completion', 'resolution', 'raise']);
    expect(run.of('kill')).toEqual([]);
  });
});
