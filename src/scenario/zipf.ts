import {fromNumber, pow, toNumber} from '../base/fixed-point.js';
import {below, join53} from '../base/random.js';

/** Draws ranks from 0, the most popular, to pages - 1. Holds no state. */
export interface RankSampler {
  /** Two independent random words of 32 bits in, a rank out. Allocates nothing. */
  sample(u32a: number, u32b: number): number;
}

/** The greatest skew: beyond it nearly every draw is rank 0. */
export const skewMax = 16;

/** Ranks below this have a bucket each; a power of two. */
const exactRanks = 4096;
/** Beyond, each doubling of the rank is cut into this many buckets of equal width, whose ranks are drawn alike. */
const bucketsPerDoubling = 512;

/** Entries of the index into the buckets; a power of two. */
const guideCount = 8192;
const total = 9007199254740992;

/**
 * Zipf's law: rank k (from 0) is drawn with a probability proportional to (k + 1)^-skew. It is exact, to 2^-53, for
 * the first 4,095 ranks. Ranks beyond are drawn alike within buckets that are 1/512 of their rank wide or less, each
 * bucket with its true probability; so a rank's own is off by less than skew / 1000 of itself. A table of at most
 * 10,239 buckets serves any number of pages.
 * @param pages 1 to 2^24
 * @param skew 0 (all alike) to skewMax
 */
export function compileZipf(pages: number, skew: number): RankSampler {
  if (skew === 0 || pages === 1) return new UniformRanks(pages);
  const edges = bucketEdges(pages);
  const masses = bucketMasses(edges, skew);
  return new BucketedRanks(edges, masses);
}

class UniformRanks implements RankSampler {
  constructor(private readonly pages: number) {}

  sample(u32a: number): number {
    return below(u32a, this.pages);
  }
}

class BucketedRanks implements RankSampler {
  /** Bucket i holds the positions from cumulative[i] to cumulative[i + 1] - 1, of 2^53. */
  private readonly cumulative: Float64Array;
  /** The bucket that holds the first position of each part of guideCount. */
  private readonly guide: Uint16Array;

  /** @param edges bucket i holds the ranks edges[i] - 1 to edges[i + 1] - 2 */
  constructor(
    private readonly edges: Float64Array,
    masses: Float64Array,
  ) {
    this.cumulative = cumulate(masses);
    this.guide = new Uint16Array(guideCount + 1);
    let bucket = 0;
    for (let part = 0; part <= guideCount; part++) {
      const position = Math.min((total / guideCount) * part, total - 1);
      while (this.cumulative[bucket + 1] <= position) bucket++;
      this.guide[part] = bucket;
    }
  }

  sample(u32a: number, u32b: number): number {
    const position = join53(u32a, u32b);
    const part = u32a >>> 19;
    let low = this.guide[part];
    let high = this.guide[part + 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.cumulative[middle] <= position) low = middle;
      else high = middle - 1;
    }
    const first = this.edges[low];
    const width = this.edges[low + 1] - first;
    if (width === 1) return first - 1;
    const from = this.cumulative[low];
    const place = Math.floor(((position - from) / (this.cumulative[low + 1] - from)) * width);
    return first - 1 + (place < width ? place : width - 1);
  }
}

/** The first ordinal (rank + 1) of each bucket, and one past the last. */
function bucketEdges(pages: number): Float64Array {
  const edges: number[] = [];
  let width = 1;
  for (let ordinal = 1; ordinal <= pages; ordinal += width) {
    if (ordinal >= exactRanks) width = Math.max(1, powerOfTwoBelow(ordinal) / bucketsPerDoubling);
    edges.push(ordinal);
  }
  edges.push(pages + 1);
  return Float64Array.from(edges);
}

/** The sum of ordinal^-skew over each bucket. */
function bucketMasses(edges: Float64Array, skew: number): Float64Array {
  const exact = exactPowers(Math.min(exactRanks, edges[edges.length - 1]), skew);
  const power = powerFunction(skew);
  return Float64Array.from({length: edges.length - 1}, (_, i) => {
    const from = edges[i];
    const to = edges[i + 1];
    if (from < exactRanks) return exact[from];
    // Euler and Maclaurin's sum with Simpson's integral: off by less than 10^-9 of itself for buckets this narrow.
    const atFrom = power(from);
    const atTo = power(to);
    const integral = ((to - from) * (atFrom + 4 * power((from + to) / 2) + atTo)) / 6;
    const slopes = (-skew * atTo) / to + (skew * atFrom) / from;
    return integral - (atTo - atFrom) / 2 + slopes / 12;
  });
}

/** ordinal^-skew for 1 to count - 1: a logarithm for primes only, products for the others. */
function exactPowers(count: number, skew: number): Float64Array {
  const powers = new Float64Array(count + 1);
  const fixedSkew = fromNumber(-skew);
  powers[1] = 1;
  for (let n = 2; n < count; n++) {
    const factor = smallestFactor(n);
    powers[n] = factor === n ? toNumber(pow(fromNumber(n), fixedSkew)) : powers[factor] * powers[n / factor];
  }
  return powers;
}

/** x^-skew for x from exactRanks to 2^25. Buckets of all doublings share their mantissas, so few powers are new. */
function powerFunction(skew: number): (x: number) => number {
  const fixedSkew = fromNumber(-skew);
  const known = new Map<number, number>();
  const raw = (x: number) => {
    const found = known.get(x);
    if (found !== undefined) return found;
    const value = toNumber(pow(fromNumber(x), fixedSkew));
    known.set(x, value);
    return value;
  };
  return (x) => {
    const doubling = powerOfTwoBelow(x);
    return raw(doubling) * raw(x / doubling);
  };
}

/** Scales masses to cumulative integers from 0 to 2^53. */
function cumulate(masses: Float64Array): Float64Array {
  // From the smallest up, so that the tail is not lost against the head.
  let sum = 0;
  for (let i = masses.length - 1; i >= 0; i--) sum += masses[i];
  const cumulative = new Float64Array(masses.length + 1);
  let above = 0;
  for (let i = masses.length - 1; i > 0; i--) {
    above += masses[i];
    cumulative[i] = Math.round(total * (1 - above / sum));
  }
  cumulative[masses.length] = total;
  return cumulative;
}

function powerOfTwoBelow(x: number): number {
  let power = exactRanks;
  while (power * 2 <= x) power *= 2;
  return power;
}

function smallestFactor(n: number): number {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return factor;
  return n;
}
