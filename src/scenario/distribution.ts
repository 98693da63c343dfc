import {ApfError} from '../base/errors.js';
import {join53} from '../base/random.js';
import type {Distribution} from './resolved.js';

/*
 * A table has one of two layouts. That of `quantiles` is the points themselves: pairs of a position and a value in ns,
 * positions rising, values never falling. A position is a probability times 2^53, the first 0 and the last 2^53; between two points the
 * value is linear. A draw makes a position of its two random words.
 *
 * That of `exponential` and `log` is cells. The probability is cut into `segmentCount` segments, each half as likely as
 * the one before (the last takes all that remains), and each segment into `cellCount` cells of the same probability. So
 * a cell is never wider than 1/16 of the probability that lies above it, and the tail is as fine as the body. Within a
 * cell the value is linear from its `low` to its `high`. The table is those pairs, from the likeliest segment's first
 * cell on: low, high, low, high, … in ns; segment s, cell c stand at 2 * (16 s + c). A draw takes the leading zeros of
 * its first random word for the segment (none with probability 1/2, one with 1/4, …), the top bits of the second for
 * the cell, and the rest of the second for the place within the cell.
 */

export const segmentCount = 32;
const cellBits = 4;
export const cellCount = 1 << cellBits;
export const tableLength = 2 * segmentCount * cellCount;

const placeBits = 32 - cellBits;
const placeMask = (1 << placeBits) - 1;
const placeSpan = placeMask + 1;

/** A probability of 1 as a position in a table of quantiles. */
export const positionMax = 9007199254740992;

/** Draws durations. Holds no state: the same words give the same duration. */
export interface Sampler {
  /** Two independent random words of 32 bits in, integer ns out. Allocates nothing. */
  sample(u32a: number, u32b: number): number;
}

/**
 * Makes a sampler of a distribution; of tables that came from a file, too.
 * @throws ApfError DISTRIBUTION (badData) when the table is not one that this version builds
 */
export function compileDistribution(distribution: Distribution): Sampler {
  if ('constant' in distribution) {
    if (!isDurationNs(distribution.constant)) throw bad(`the constant ${distribution.constant}`, durationWords);
    return new ConstantSampler(distribution.constant);
  }
  const {table} = distribution;
  if (distribution.from === 'quantiles') {
    checkPoints(table);
    return new PointSampler(Float64Array.from(table));
  }
  if (table.length !== tableLength) throw bad(`a table of ${table.length} numbers`, `${tableLength}`);
  const wrong = table.findIndex((value) => !isDurationNs(value));
  if (wrong >= 0) throw bad(`${table[wrong]} at ${wrong} of a table`, durationWords);
  return new CellSampler(Float64Array.from(table));
}

/** The exact mean of what a distribution's sampler draws, ns, save for rounding in the last bits of a double. */
export function meanNs(distribution: Distribution): number {
  if ('constant' in distribution) return distribution.constant;
  const {from, table} = distribution;
  let mean = 0;
  if (from === 'quantiles') {
    for (let at = 2; at < table.length; at += 2) {
      mean += ((table[at] - table[at - 2]) / positionMax) * ((table[at - 1] + table[at + 1]) / 2);
    }
    return mean;
  }
  for (let cell = 0; cell < segmentCount * cellCount; cell++) {
    mean += (cellWeight(cell) * (table[2 * cell] + table[2 * cell + 1])) / 2;
  }
  return mean;
}

/** The longest duration that a distribution's sampler draws, ns. */
export function maxNs(distribution: Distribution): number {
  if ('constant' in distribution) return distribution.constant;
  const {from, table} = distribution;
  if (from === 'quantiles') return table[table.length - 1];
  return table.reduce((max, value) => Math.max(max, value), 0);
}

/** The probability of a cell, counted from the likeliest segment's first cell on; exact. */
export function cellWeight(cell: number): number {
  const segment = Math.floor(cell / cellCount);
  return (segment === segmentCount - 1 ? halvings(segment) : halvings(segment + 1)) / cellCount;
}

/** The probability that lies above a cell's start, exact; that above its end is above the next cell's start. */
export function remainingAt(cell: number): number {
  const segment = Math.floor(cell / cellCount);
  if (segment >= segmentCount) return 0;
  const place = (cell % cellCount) / cellCount;
  return segment === segmentCount - 1 ? halvings(segment) * (1 - place) : halvings(segment) * (1 - place / 2);
}

/** 2 to the minus count; exact. */
function halvings(count: number): number {
  let value = 1;
  for (let i = 0; i < count; i++) value /= 2;
  return value;
}

class ConstantSampler implements Sampler {
  constructor(private readonly constantNs: number) {}

  sample(): number {
    return this.constantNs;
  }
}

class CellSampler implements Sampler {
  constructor(private readonly table: Float64Array) {}

  sample(u32a: number, u32b: number): number {
    const zeros = Math.clz32(u32a);
    const segment = zeros < segmentCount ? zeros : segmentCount - 1;
    const at = 2 * (segment * cellCount + (u32b >>> placeBits));
    const low = this.table[at];
    // Adding a half rounds to the nearest, so that the mean of a cell stays that of its ends.
    return low + Math.floor(((this.table[at + 1] - low) * (u32b & placeMask)) / placeSpan + 0.5);
  }
}

class PointSampler implements Sampler {
  constructor(private readonly table: Float64Array) {}

  sample(u32a: number, u32b: number): number {
    const {table} = this;
    const position = join53(u32a, u32b);
    let low = 0;
    let high = (table.length >> 1) - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (table[2 * middle] <= position) low = middle;
      else high = middle - 1;
    }
    const from = table[2 * low];
    const value = table[2 * low + 1];
    const place = (position - from) / (table[2 * low + 2] - from);
    return value + Math.floor((table[2 * low + 3] - value) * place + 0.5);
  }
}

function checkPoints(table: readonly number[]): void {
  const last = table.length - 2;
  if (last < 2 || table.length % 2 !== 0 || table[0] !== 0 || table[last] !== positionMax) {
    throw bad('other points', 'pairs from position 0 to 2^53');
  }
  for (let at = 0; at <= last; at += 2) {
    if (!Number.isInteger(table[at]) || !isDurationNs(table[at + 1]))
      throw bad(`${table[at]}, ${table[at + 1]}`, durationWords);
    if (at > 0 && (table[at] <= table[at - 2] || table[at + 1] < table[at - 1]))
      throw bad('a falling point', 'rising ones');
  }
}

const durationWords = 'integer ns from 0 to 2^53 - 1';

function isDurationNs(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function bad(found: string, expected: string): ApfError {
  return new ApfError('badData', 'DISTRIBUTION', `a distribution: found ${found}, expected ${expected}`);
}
