import {ApfError} from './errors.js';

/** The longest duration, ns: the largest integer that a double holds exactly, 104 days. */
export const durationNsMax = Number.MAX_SAFE_INTEGER;

const unitNs: Record<string, bigint> = {ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n};

/**
 * Reads a duration such as `250ns`, `64us`, `1.5ms` or `2s`, exactly.
 * @returns integer nanoseconds, 0 to 2^53 - 1
 * @throws ApfError DURATION (badData) when it is not of that form, not an integer of nanoseconds, or too long
 */
export function parseDurationNs(text: string): number {
  const read = readDuration(text);
  if ('ns' in read) return read.ns;
  throw new ApfError('badData', 'DURATION', `found ${JSON.stringify(text)}, expected ${read.expected}`);
}

/** As parseDurationNs, for callers with an error message of their own: `expected` says what would have been right. */
export function readDuration(text: string): {ns: number} | {expected: string} {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?(ns|us|ms|s)$/.exec(text);
  if (match === null) return {expected: 'a duration such as 250ns, 64us, 1.5ms or 2s'};
  const [, whole, fraction = '', unit] = match;
  const scaled = BigInt(whole + fraction) * unitNs[unit];
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return {expected: 'a whole number of nanoseconds'};
  const ns = scaled / divisor;
  if (ns > BigInt(durationNsMax)) return {expected: `a duration of at most ${formatNs(durationNsMax)}`};
  return {ns: Number(ns)};
}

/**
 * Writes nanoseconds for people, exactly, in the largest unit of which there is at least one: 1500000 is `1.5ms`.
 * @param ns an integer, -(2^53 - 1) to 2^53 - 1; what is not negative reads back as the same number
 */
export function formatNs(ns: number): string {
  const length = Math.abs(ns);
  const sign = ns < 0 ? '-' : '';
  const [unit, per, digits] = unitFor(length);
  const fraction = String(length % per)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  const whole = (length - (length % per)) / per;
  return `${sign}${whole}${digits === 0 || fraction === '' ? '' : `.${fraction}`}${unit}`;
}

function unitFor(ns: number): [unit: string, perUnit: number, digits: number] {
  if (ns >= 1e9) return ['s', 1e9, 9];
  if (ns >= 1e6) return ['ms', 1e6, 6];
  if (ns >= 1e3) return ['us', 1e3, 3];
  return ['ns', 1, 0];
}
