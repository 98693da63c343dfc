import {describe, expect, test} from 'vitest';
import {below, chance, highWord, join53, lowWord, random32, randomWords, threefry} from '../../src/base/random.js';

type Words = readonly [number, number, number, number];

function hexWords(key: Words, counter: Words): string {
  const out = new Uint32Array(4);
  threefry(...key, ...counter, 20, out);
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join(' ');
}

describe('threefry', () => {
  // The published vectors of Random123, kat_vectors, threefry4x32 20.
  test.for([
    [[0, 0, 0, 0], [0, 0, 0, 0], '9c6ca96a e17eae66 fc10ecd4 5256a7d8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      '2a881696 57012287 f6c7446e a16a6732',
    ],
    [
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      '59cd1dbb b8879579 86b5d00c ac8b6d84',
    ],
  ] as const)('key %o, counter %o', ([key, counter, expected]) => {
    expect(hexWords(key, counter)).toBe(expected);
  });
});

describe('draws', () => {
  test('are the first of four words, and the same again in any order', () => {
    const out = new Uint32Array(4);
    const forth = Array.from({length: 100}, (_, i) => random32(7, 0, 1, i, 3));
    for (let i = 99; i >= 0; i--) {
      randomWords(7, 0, 1, i, 3, out);
      expect(out[0]).toBe(forth[i]);
    }
  });

  test('depend on every argument, also on what is above 32 bits', () => {
    const seed = 2 ** 52 + 5;
    const draws = [
      random32(lowWord(seed), highWord(seed), 1, 2, 3),
      random32(lowWord(seed), 0, 1, 2, 3),
      random32(lowWord(seed), highWord(seed), 2, 2, 3),
      random32(lowWord(seed), highWord(seed), 1, 2 + 2 ** 32, 3),
      random32(lowWord(seed), highWord(seed), 1, 2, 3 + 2 ** 52),
      random32(lowWord(seed), highWord(seed), 1, 3, 2),
    ];
    expect(new Set(draws).size).toBe(draws.length);
  });

  // 255 degrees of freedom: chi-square has mean 255 and deviation 22.6; four deviations either way.
  test.for(['a', 'b', 'stream', 'seed'])('are uniform in each byte as %s counts up', (counted) => {
    const out = new Uint32Array(4);
    const counts = Array.from({length: 16}, () => new Uint32Array(256));
    const draws = 65536;
    for (let i = 0; i < draws; i++) {
      const at = (name: string) => (name === counted ? i : 1);
      randomWords(at('seed'), 0, at('stream'), at('a'), at('b'), out);
      for (let byte = 0; byte < 16; byte++) counts[byte][(out[byte >> 2] >>> (8 * (byte & 3))) & 255]++;
    }
    for (const count of counts) {
      const expected = draws / 256;
      const chiSquare = count.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeGreaterThan(165);
      expect(chiSquare).toBeLessThan(345);
    }
  });

  // The correlation of n independent pairs has deviation 1 / sqrt(n): here 0.004.
  test.for([
    ['neighbouring a', (i: number) => random32(1, 0, 1, i + 1, 1)],
    ['neighbouring b', (i: number) => random32(1, 0, 1, i, 2)],
    ['neighbouring streams', (i: number) => random32(1, 0, 2, i, 1)],
    ['neighbouring seeds', (i: number) => random32(2, 0, 1, i, 1)],
  ] as const)('are not correlated over %s', ([, other]) => {
    const n = 65536;
    let sum = 0;
    let sameBits = 0;
    for (let i = 0; i < n; i++) {
      const x = random32(1, 0, 1, i, 1);
      const y = other(i);
      sum += (x / 2 ** 32 - 0.5) * (y / 2 ** 32 - 0.5) * 12;
      let differing = x ^ y;
      for (; differing !== 0; differing &= differing - 1) sameBits++;
    }
    expect(Math.abs(sum / n)).toBeLessThan(0.016);
    expect(Math.abs(sameBits / n / 32 - 0.5)).toBeLessThan(0.002);
  });
});

describe('helpers', () => {
  test.for([1, 2, 3, 1000, 2 ** 20, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32])('below stays under %d', (n) => {
    expect(below(0, n)).toBe(0);
    expect(below(0xffffffff, n)).toBe(n - 1);
  });

  test('below gives each of 3 a third', () => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 90_000; i++) counts[below(random32(1, 0, 9, i, 0), 3)]++;
    for (const count of counts) expect(Math.abs(count - 30_000)).toBeLessThan(600);
  });

  test('chance 0 is never, 1 always', () => {
    expect([chance(0, 0), chance(0xffffffff, 1), chance(0x7fffffff, 0.5), chance(0x80000000, 0.5)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('join53 spans 0 to 2^53 - 1', () => {
    expect([join53(0, 0), join53(0xffffffff, 0xffffffff)]).toEqual([0, Number.MAX_SAFE_INTEGER]);
  });
});
