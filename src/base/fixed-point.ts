/**
 * exp, ln and pow on fixed-point numbers: a bigint x stands for x / 2^96. Math.exp and its kin differ between
 * JavaScript engines in their last bits, and so must not reach anything that is recorded. Slow (tens of microseconds
 * a call): for tables that are built once, at load.
 *
 * The relative error of each is below 2^-80 as long as the result is at least 2^-16; below that the result has an
 * absolute error of a few 2^-96.
 */

/** Bits after the point. */
export const fractionBits = 96n;

/** 1 as a fixed-point number. */
export const one = 1n << fractionBits;

/** `one` as a double, exact: it is a power of two. */
const oneAsNumber = Number(one);

/** Bits that the inner sums carry beyond `fractionBits`, against rounding. */
const guardBits = 32n;
const workBits = fractionBits + guardBits;
const workOne = 1n << workBits;

/** ln 2 with `workBits` bits after the point. */
const workLn2 = 2n * artanh(workOne / 3n);

/**
 * The fixed-point number nearest to zero from a double.
 * @param value finite; what lies below 2^-96 is lost
 */
export function fromNumber(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no fixed-point form`);
  let scaled = value;
  let exponent = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent++;
  }
  const shift = fractionBits - exponent;
  return shift >= 0n ? BigInt(scaled) << shift : truncate(BigInt(scaled), -shift);
}

/** The double nearest to a fixed-point number, to within a rounding or two; exact below 2^53 units. */
export function toNumber(value: bigint): number {
  const whole = value >> fractionBits;
  const fraction = value - (whole << fractionBits);
  return Number(whole) + Number(fraction) / oneAsNumber;
}

/** The product of two fixed-point numbers. */
export function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> fractionBits;
}

/** The natural logarithm. @param x above 0 */
export function ln(x: bigint): bigint {
  return workLn(x) >> guardBits;
}

/** e to the x. @param x at most 64 or so: the result has as many bits before the point as it needs */
export function exp(x: bigint): bigint {
  return workExp(x << guardBits);
}

/** base to the exponent. @param base above 0 */
export function pow(base: bigint, exponent: bigint): bigint {
  return workExp((workLn(base) * exponent) >> fractionBits);
}

function workLn(x: bigint): bigint {
  if (x <= 0n) throw new RangeError('the logarithm of a number that is not above 0');
  // x = m * 2^k with m in [1, 2); ln m = 2 artanh((m - 1) / (m + 1)), whose argument is at most 1/3.
  const k = BigInt(x.toString(2).length - 1) - fractionBits;
  const shift = guardBits - k;
  const m = shift >= 0n ? x << shift : x >> -shift;
  return k * workLn2 + 2n * artanh(((m - workOne) << workBits) / (m + workOne));
}

/** The sum of z^(2i+1) / (2i+1), for z from 0 to 1/3, both with workBits. */
function artanh(z: bigint): bigint {
  const square = (z * z) >> workBits;
  let power = z;
  let sum = 0n;
  for (let odd = 1n; power !== 0n; odd += 2n) {
    sum += power / odd;
    power = (power * square) >> workBits;
  }
  return sum;
}

/** e to the x, x with workBits, the result with fractionBits. */
function workExp(x: bigint): bigint {
  // x = k ln 2 + r with r in [0, ln 2); the sum runs over r / 2^8, which is squared back eight times.
  let k = x / workLn2;
  if (k * workLn2 > x) k--;
  const halvings = 8n;
  const r = (x - k * workLn2) >> halvings;
  let term = workOne;
  let sum = 0n;
  for (let i = 1n; term !== 0n; i++) {
    sum += term;
    term = ((term * r) >> workBits) / i;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> workBits;
  const shift = k - guardBits;
  return shift >= 0n ? sum << shift : sum >> -shift;
}

function truncate(value: bigint, bits: bigint): bigint {
  return value < 0n ? -(-value >> bits) : value >> bits;
}
