import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {Run} from './driver.js';

describe('R17, R18, Q7: free-running indices go round at 2^32', () => {
  /** A ring of two whose indices stand so far before 2^31 or 2^32. */
  function at(index: number): Run {
    const run = new Run({tokens: 2});
    for (const field of [V.head, V.tail]) run.state.put(run.state.vcpu(0) + field, index | 0);
    return run;
  }

  test.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])('R17: entries written and read across %i', (index) => {
    const run = at(index);
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.complete(2, 1);
    expect(run.of('resolution').map(({value}) => value)).toEqual([1, 2]);
    run.settle();
    expect(run.of('consume').map(({token, result}) => [token, result])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(run.of('kill')).toEqual([]);
    expect(run.parked).toEqual([]);
  });

  test('R18, Q24: a tail that is one ahead of head is corrupt there too', () => {
    const run = at(2 ** 32 - 1);
    run.park(0, 0, 1);
    run.state.put(run.state.vcpu(0) + V.tail, 0);
    run.complete(1, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_corrupt'}]);
  });
});

describe('R17, R18, Q7: indices modulo N', () => {
  test.each([-1, 3, 4, 2 ** 31])('Q24: a tail of %i is none of a ring of three', (tail) => {
    const run = new Run({tokens: 3, ringIndex: 'modulo'});
    run.park(0, 0, 1);
    run.state.put(run.state.vcpu(0) + V.tail, tail | 0);
    run.complete(1, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_corrupt'}]);
  });

  test('R17: every entry of the ring is used in turn', () => {
    const run = new Run({tokens: 3, ringIndex: 'modulo', pages: 12});
    for (let page = 1; page < 9; page++) {
      run.park(0, page % 2, page);
      run.complete(page, 0);
      run.ready(0, page % 2);
    }
    expect(run.of('retire').length).toBe(8);
    expect(run.of('resolution').map(({value}) => value)).toEqual(Array(8).fill(1));
  });
});
