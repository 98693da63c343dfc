/**
 * Random numbers as a pure function of (seed, stream, a, b): nothing is remembered between draws, so a page's n-th
 * fault gets the same latency whichever protocol runs and in whatever order the draws are made.
 *
 * The function is Threefry-4x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with 12
 * rounds, the fewest that passed BigCrush there: the key is (seed, stream), the counter is (a, b). It needs additions,
 * rotations and exclusive ors of 32 bits only, so it is the same on every machine.
 */

/** Rotations of the two mixes of each round; the period is eight rounds. Source: Random123, threefry.h, R_32x4. */
const rotations = new Uint8Array([10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20]);

/** Source: Random123, threefry.h, SKEIN_KS_PARITY32. */
const keyParity = 0x1bd11bda;

const twoTo32 = 4294967296;

/** The rounds of every draw. */
const drawRounds = 12;

/**
 * Threefry-4x32. Key and counter are four 32-bit words each, written one by one so that a draw allocates nothing.
 * @param rounds a multiple of 4; 20 is the paper's default, for which test vectors are published
 * @param out receives the four words; null when only the first is wanted
 * @returns the first word, 0 to 2^32 - 1
 */
export function threefry(
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  rounds: number,
  out: Uint32Array | null,
): number {
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  let x2 = (c2 + k2) | 0;
  let x3 = (c3 + k3) | 0;
  // The key's words wander one place at each injection: a is added to x0, b to x1, c to x2, d to x3, e waits.
  let a = k0 | 0;
  let b = k1 | 0;
  let c = k2 | 0;
  let d = k3 | 0;
  let e = keyParity ^ a ^ b ^ c ^ d;
  for (let round = 0; round < rounds; round += 4) {
    for (let half = 0; half < 2; half++) {
      const at = ((round << 1) & 8) + (half << 2);
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, rotations[at]) ^ x0;
      x2 = (x2 + x3) | 0;
      x3 = rotate(x3, rotations[at + 1]) ^ x2;
      x0 = (x0 + x3) | 0;
      x3 = rotate(x3, rotations[at + 2]) ^ x0;
      x2 = (x2 + x1) | 0;
      x1 = rotate(x1, rotations[at + 3]) ^ x2;
    }
    const first = a;
    a = b;
    b = c;
    c = d;
    d = e;
    e = first;
    x0 = (x0 + a) | 0;
    x1 = (x1 + b) | 0;
    x2 = (x2 + c) | 0;
    x3 = (x3 + d + (round >> 2) + 1) | 0;
  }
  if (out !== null) {
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
  }
  return x0 >>> 0;
}

/**
 * One word for (seed, stream, a, b).
 * @param seedLo the low 32 bits of the seed, see lowWord
 * @param seedHi the bits above, see highWord
 * @param stream what the number is for, 0 to 2^32 - 1: streams are independent of each other
 * @param a first counter, 0 to 2^53
 * @param b second counter, 0 to 2^53
 * @returns an integer from 0 to 2^32 - 1, each as likely
 */
export function random32(seedLo: number, seedHi: number, stream: number, a: number, b: number): number {
  return threefry(seedLo, seedHi, stream, 0, a, highWord(a), b, highWord(b), drawRounds, null);
}

/**
 * Four words for (seed, stream, a, b), for draws that need more than 32 bits; the first is that of random32.
 * Parameters as there.
 * @param out receives the words at 0 to 3; the caller's, so that a draw allocates nothing
 */
export function randomWords(
  seedLo: number,
  seedHi: number,
  stream: number,
  a: number,
  b: number,
  out: Uint32Array,
): void {
  threefry(seedLo, seedHi, stream, 0, a, highWord(a), b, highWord(b), drawRounds, out);
}

/** The low 32 bits of an integer from 0 to 2^53. */
export function lowWord(integer: number): number {
  return integer >>> 0;
}

/** The bits above the low 32 of an integer from 0 to 2^53. */
export function highWord(integer: number): number {
  return (integer / twoTo32) >>> 0;
}

/** An integer from 0 to 2^53 - 1 of two random words, each as likely. */
export function join53(u32a: number, u32b: number): number {
  return (u32a >>> 5) * 67108864 + (u32b >>> 6);
}

/**
 * An integer from 0 to n - 1 of a random word, n from 1 to 2^32. No value is likelier than another by more than
 * n / 2^32. The product may be rounded, always alike, and never so far that n itself comes out.
 */
export function below(u32: number, n: number): number {
  return Math.floor((u32 * n) / twoTo32);
}

/** True with the probability given, 0 to 1, to the nearest 2^-32; 0 is never and 1 is always. */
export function chance(u32: number, probability: number): boolean {
  return u32 < probability * twoTo32;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
