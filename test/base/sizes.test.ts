import {expect, test} from 'vitest';
import {formatBytes, parseBytes} from '../../src/base/sizes.js';

test.for([
  ['0B', 0],
  ['4096B', 4096],
  ['1KiB', 1024],
  ['512MiB', 536_870_912],
  ['1.5GB', 1_500_000_000],
  ['2TiB', 2_199_023_255_552],
  ['0.0001KB', 0],
] as const)('%s is %i bytes', ([text, bytes]) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.for(['', '512', 'MiB', '-1MiB', '1 MiB', '1mib', '1e3B', '1PB', '1.MiB'])('%j is no size', (text) => {
  expect(parseBytes(text)).toBeNull();
});

test('what is written reads back', () => {
  for (const bytes of [0, 1, 1000, 1024, 1536, 3 * 2 ** 20, 2 ** 40, 2 ** 40 + 1]) {
    expect(parseBytes(formatBytes(bytes))).toBe(bytes);
  }
  expect([1536, 2 ** 21, 2 ** 30].map(formatBytes)).toEqual(['1536B', '2MiB', '1GiB']);
});
