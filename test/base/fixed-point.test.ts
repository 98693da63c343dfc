import {describe, expect, test} from 'vitest';
import {exp, fractionBits, fromNumber, ln, multiply, one, pow, toNumber} from '../../src/base/fixed-point.js';

/*
 * An independent computation with 256 bits and other algorithms: ln by Newton's method on exp, exp by its plain Taylor
 * series about 0 after halving the argument until it is tiny.
 */
const bits = 256n;
const unit = 1n << bits;

function slowExp(x: bigint): bigint {
  const halvings = 40n;
  const small = x >> halvings;
  let term = unit;
  let sum = unit;
  for (let i = 1n; i < 30n; i++) {
    term = (term * small) / unit / i;
    sum += term;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) / unit;
  return sum;
}

function slowLn(x: bigint): bigint {
  let y = BigInt(Math.round(Math.log(Number(x >> (bits - 64n)) / 2 ** 64) * 2 ** 40)) << (bits - 40n);
  for (let i = 0; i < 6; i++) y += (2n * unit * (x - slowExp(y))) / (x + slowExp(y));
  return y;
}

const widen = (x: bigint) => x << (bits - fractionBits);
/** 2^80 times the relative error. */
const error80 = (found: bigint, truth: bigint) => ((widen(found) - truth) << 80n) / truth;
const within = (error: bigint) => error >= -1n && error <= 1n;

const arguments_ = [0.0001, 0.3, 0.5, 0.75, 1.0001, 1.5, 2, 3, 10, 4096, 16777215, 1e9];

describe('against 256 bits', () => {
  test.for(arguments_)('ln %d', (x) => {
    expect(within(error80(ln(fromNumber(x)), slowLn(widen(fromNumber(x)))))).toBe(true);
  });

  test.for([-11, -3.5, -1, -0.001, 0.001, 1, 2.5, 20])('exp %d', (x) => {
    expect(within(error80(exp(fromNumber(x)), slowExp(widen(fromNumber(x)))))).toBe(true);
  });

  test.for([
    [2, 0.5],
    [10, 2.25],
    [3, -0.99],
    [4095, -0.99],
    [1.25, -2],
    [0.001, 0.7],
  ] as const)('%d to the %d', ([base, exponent]) => {
    const truth = slowExp((slowLn(widen(fromNumber(base))) * widen(fromNumber(exponent))) / unit);
    expect(within(error80(pow(fromNumber(base), fromNumber(exponent)), truth))).toBe(true);
  });
});

test('known digits', () => {
  const decimals = (x: bigint) => ((x * 10n ** 25n) >> fractionBits).toString();
  expect(decimals(ln(2n * one))).toBe('6931471805599453094172321');
  expect(decimals(ln(10n * one))).toBe('23025850929940456840179914');
  expect(decimals(exp(one))).toBe('27182818284590452353602874');
  expect(decimals(pow(2n * one, one / 2n))).toBe('14142135623730950488016887');
});

test('exact where it should be', () => {
  expect([ln(one), exp(0n), pow(one, fromNumber(-3.7)), multiply(3n * one, one / 2n)]).toEqual([
    0n,
    one,
    one,
    (3n * one) / 2n,
  ]);
  for (const value of [0, 1, -1, 0.1, -2.75, 1e-9, 123456789.125]) expect(toNumber(fromNumber(value))).toBe(value);
});

test('refuses what has no answer', () => {
  expect(() => ln(0n)).toThrowError(RangeError);
  expect(() => ln(-one)).toThrowError(RangeError);
  expect(() => fromNumber(Number.NaN)).toThrowError(RangeError);
});
