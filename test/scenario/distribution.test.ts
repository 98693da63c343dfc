import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {randomWords} from '../../src/base/random.js';
import {
  cellCount,
  cellWeight,
  compileDistribution,
  maxNs,
  meanNs,
  remainingAt,
  segmentCount,
  tableLength,
} from '../../src/scenario/distribution.js';
import {empirical, exponential, exponentialMeanNsMax, quantiles} from '../../src/scenario/distribution-build.js';
import {readFioLatencies} from '../../src/scenario/fio.js';
import type {Distribution} from '../../src/scenario/resolved.js';

const fioLog = fileURLToPath(new URL('../../fixtures/workloads/randread.fio-clat.log.gz', import.meta.url));
const ssd = [
  {remaining: 1, valueNs: 48_000},
  {remaining: 0.5, valueNs: 64_000},
  {remaining: 0.01, valueNs: 330_000},
  {remaining: 0, valueNs: 1_700_000},
];
const ssdMean = 0.5 * 56_000 + 0.49 * 197_000 + 0.01 * 1_015_000;

/** The value above which `remaining` of the draws lie, by a table of cells, which are by rising value up to rounding. */
function quantileOf({table}: {table: number[]}, remaining: number): number {
  for (let cell = 0; cell < segmentCount * cellCount; cell++) {
    const [above, below] = [remainingAt(cell), remainingAt(cell + 1)];
    if (remaining > above || remaining <= below) continue;
    return table[2 * cell] + ((table[2 * cell + 1] - table[2 * cell]) * (above - remaining)) / (above - below);
  }
  throw new Error('no such quantile');
}

function draw(distribution: Distribution, count: number): Float64Array {
  const sampler = compileDistribution(distribution);
  const words = new Uint32Array(4);
  return Float64Array.from({length: count}, (_, i) => {
    randomWords(11, 0, 5, i, 0, words);
    return sampler.sample(words[0], words[1]);
  });
}

function asTable(distribution: Distribution): {table: number[]} {
  if ('constant' in distribution) throw new Error('a constant');
  return distribution;
}

const relative = (found: number, truth: number) => Math.abs(found / truth - 1);

test('the cells cover all probability once', () => {
  let sum = 0;
  for (let cell = 0; cell < segmentCount * cellCount; cell++) {
    expect(remainingAt(cell) - remainingAt(cell + 1)).toBe(cellWeight(cell));
    sum += cellWeight(cell);
  }
  expect(sum).toBe(1);
});

test('a constant is always itself', () => {
  expect(new Set(draw({constant: 100_000}, 100))).toEqual(new Set([100_000]));
  expect([meanNs({constant: 7}), maxNs({constant: 7})]).toEqual([7, 7]);
});

describe('exponential', () => {
  test.for([1, 3, 10, 250, 10_000, 1_000_000_000, exponentialMeanNsMax])(
    'of mean %d keeps its mean to one in a thousand',
    (mean) => {
      expect(relative(meanNs(exponential(mean)), mean)).toBeLessThan(0.001);
    },
  );

  test.for([0.5, 0.1, 0.01, 0.001, 0.0001, 0.00001])(
    'the quantile that a share of %d lies above is right to one in a hundred',
    (remaining) => {
      expect(
        relative(quantileOf(asTable(exponential(1_000_000)), remaining), -Math.log(remaining) * 1_000_000),
      ).toBeLessThan(0.01);
    },
  );

  test('what is drawn has that mean and tail', () => {
    const draws = draw(exponential(10_000), 1_000_000).sort();
    // Of a million, the mean has a deviation of 0.1 %, the 99.99 % quantile of 1.1 %: three each, beside the table's own.
    expect(relative(draws.reduce((sum, value) => sum + value) / draws.length, 10_000)).toBeLessThan(0.004);
    expect(relative(draws[999_900], -Math.log(0.0001) * 10_000)).toBeLessThan(0.043);
    expect(relative(draws[500_000], Math.LN2 * 10_000)).toBeLessThan(0.01);
  });

  test('of mean 0 is always 0', () => {
    expect(maxNs(exponential(0))).toBe(0);
  });
});

describe('quantiles', () => {
  test('the mean is exact', () => {
    expect(relative(meanNs(quantiles(ssd)), ssdMean)).toBeLessThan(1e-12);
    expect(maxNs(quantiles(ssd))).toBe(1_700_000);
  });

  test('each given quantile, and 99.99 %, to the nanosecond', () => {
    const sampler = compileDistribution(quantiles(ssd));
    const at = (probability: number) => {
      const position = Math.floor(probability * 2 ** 53);
      return sampler.sample(Math.floor(position / 2 ** 26) * 32, (position % 2 ** 26) * 64);
    };
    expect([0, 0.5, 0.99, 0.9999].map(at)).toEqual([48_000, 64_000, 330_000, 330_000 + 1_370_000 * 0.99]);
    expect(sampler.sample(0xffffffff, 0xffffffff)).toBe(1_700_000);
  });

  test('draws stay between p0 and p100 and meet the mean', () => {
    const draws = draw(quantiles(ssd), 400_000).sort();
    expect(draws[0]).toBeGreaterThanOrEqual(48_000);
    expect(draws[draws.length - 1]).toBeLessThanOrEqual(1_700_000);
    expect(relative(draws.reduce((sum, value) => sum + value) / draws.length, ssdMean)).toBeLessThan(0.005);
    // 4,000 of 400,000 with a deviation of 63.
    expect(Math.abs(draws.filter((value) => value > 330_000).length - 4000)).toBeLessThan(250);
  });

  test('p0 = p100 is a constant', () => {
    const flat = quantiles([
      {remaining: 1, valueNs: 5},
      {remaining: 0, valueNs: 5},
    ]);
    expect(new Set(draw(flat, 1000))).toEqual(new Set([5]));
  });

  test('forged points are refused', () => {
    const {table} = asTable(quantiles(ssd));
    const forged = [
      [],
      [0, 1],
      table.slice(0, -2),
      table.slice(2),
      table.with(2, 0),
      table.with(3, 1),
      table.with(3, 0.5),
    ];
    for (const points of forged) {
      const forgery = {from: 'quantiles', table: points} as const;
      expect(() => compileDistribution(forgery)).toThrowError(expect.objectContaining({exitCode: 65}));
    }
  });
});

describe('empirical', () => {
  test('a real fio log: the mean within 0.1 %, quantiles within 1 %, nothing beyond its least and greatest', async () => {
    const values = await readFioLatencies(fioLog);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const distribution = empirical(values);
    expect(values.length).toBe(54_035);
    expect(relative(meanNs(distribution), mean)).toBeLessThan(0.001);
    for (const share of [0.5, 0.9, 0.99, 0.999, 0.9999]) {
      const truth = values[Math.ceil(share * values.length) - 1];
      expect(relative(quantileOf(asTable(distribution), 1 - share), truth)).toBeLessThan(0.01);
    }
    expect(maxNs(distribution)).toBe(values[values.length - 1]);
    expect(Math.min(...asTable(distribution).table)).toBeGreaterThanOrEqual(values[0]);
  });

  test('of two values draws little else, and each in its share', () => {
    const draws = draw(empirical(Float64Array.from([10, 10, 10, 1000])), 100_000);
    const low = draws.filter((value) => value === 10).length;
    expect(low / draws.length).toBeCloseTo(0.75, 2);
    expect(draws.every((value) => value === 10 || value === 1000)).toBe(true);
  });

  test('of one value is that value', () => {
    expect(new Set(asTable(empirical(Float64Array.from([77]))).table)).toEqual(new Set([77]));
  });
});

test('tables are moderate, integer, and none but these are read', () => {
  const {table} = asTable(exponential(12_345));
  expect(table.length).toBeLessThanOrEqual(2000);
  expect(table.every(Number.isSafeInteger)).toBe(true);
  for (const forged of [
    table.slice(1),
    [...table.slice(1), -1],
    [...table.slice(1), 0.5],
    [...table.slice(1), 2 ** 60],
  ]) {
    expect(() => compileDistribution({from: 'log', table: forged})).toThrowError(
      expect.objectContaining({exitCode: 65}),
    );
  }
  expect(() => compileDistribution({constant: -1})).toThrowError(expect.objectContaining({exitCode: 65}));
  expect(tableLength).toBe(table.length);
});
