import {describe, expect, test} from 'vitest';
import {randomWords} from '../../src/base/random.js';
import {compileZipf} from '../../src/scenario/zipf.js';

function drawRanks(pages: number, skew: number, count: number): Float64Array {
  const sampler = compileZipf(pages, skew);
  const words = new Uint32Array(4);
  return Float64Array.from({length: count}, (_, i) => {
    randomWords(3, 0, 8, i, 0, words);
    return sampler.sample(words[0], words[1]);
  });
}

/** The probability that a rank is below `end`. */
function shareBelow(pages: number, skew: number, end: number): number {
  let sum = 0;
  let below = 0;
  for (let ordinal = pages; ordinal >= 1; ordinal--) sum += ordinal ** -skew;
  for (let ordinal = end; ordinal >= 1; ordinal--) below += ordinal ** -skew;
  return below / sum;
}

describe.for([
  [10, 0.99],
  [1000, 0.5],
  [5000, 1.3],
  [65_536, 0.99],
  [1_048_576, 0.99],
  [1_000_003, 0.2],
  [1_048_576, 2.5],
] as const)('%d pages, skew %d', ([pages, skew]) => {
  const count = 300_000;
  const ranks = drawRanks(pages, skew, count);

  test('every rank is one of the pages', () => {
    expect(ranks.every((rank) => Number.isInteger(rank) && rank >= 0 && rank < pages)).toBe(true);
  });

  test('the head and the tail get their shares', () => {
    for (const end of [1, 2, 10, 100, 4095, 4096, 4097, 6000, 50_000, pages / 2].filter((n) => n < pages)) {
      const share = shareBelow(pages, skew, Math.floor(end));
      const drawn = ranks.filter((rank) => rank < Math.floor(end)).length / count;
      expect(Math.abs(drawn - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count) + 1e-5);
    }
  });
});

test('skew 0 makes all alike, one page is always drawn', () => {
  const ranks = drawRanks(4, 0, 40_000);
  for (let rank = 0; rank < 4; rank++)
    expect(ranks.filter((drawn) => drawn === rank).length / 10_000).toBeCloseTo(1, 1);
  expect(new Set(drawRanks(1, 0.99, 10))).toEqual(new Set([0]));
});

test('the extreme words draw the first and the last page', () => {
  const sampler = compileZipf(16_777_216, 0.99);
  expect([sampler.sample(0, 0), sampler.sample(0xffffffff, 0xffffffff)]).toEqual([0, 16_777_215]);
});
