import {parseDurationNs} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';

/** Rows first to end - 1 of a trace, by seq. */
export interface RowRange {
  readonly first: number;
  /** Infinity when the range goes past the last row that can be read: a damaged batch that comes then is in it. */
  readonly end: number;
  /** The end of the range when it is given as a time, ns; else null. */
  readonly toNs: number | null;
}

type RangeReader = Pick<TraceReader, 'batches' | 'readBatch'>;
type Bound = {seq: number} | {ns: number};

/**
 * The rows from `from` to `to`, both included. A bound is a seq (digits alone) or a time (a duration such as 1.5ms);
 * without one the range is open. Only the batch that a time falls into is read. Throws usage RANGE_BOUND for anything
 * else, RANGE_REVERSED when `to` is before `from`.
 */
export function rangeOf(reader: RangeReader, from?: string, to?: string): RowRange {
  const start = from === undefined ? {seq: 0} : parseBound('--from', from);
  const first = rowFrom(reader, start, 0);
  if (to === undefined) return {first, end: Number.POSITIVE_INFINITY, toNs: null};
  const bound = parseBound('--to', to);
  const end = rowFrom(reader, bound, 1);
  if (isAfter(start, bound) ?? end < first) {
    throw new ApfError('usage', 'RANGE_REVERSED', `--from ${from} is after --to ${to}, expected the earlier one first`);
  }
  return {first, end: Math.max(first, end), toNs: 'ns' in bound ? bound.ns : null};
}

/** Null for a seq and a time, which only the rows can compare. */
function isAfter(start: Bound, bound: Bound): boolean | null {
  if ('seq' in start && 'seq' in bound) return start.seq > bound.seq;
  if ('ns' in start && 'ns' in bound) return start.ns > bound.ns;
  return null;
}

function parseBound(flag: string, text: string): Bound {
  if (/^\d+$/.test(text)) return {seq: Number(text)};
  try {
    return {ns: parseDurationNs(text)};
  } catch {
    throw new ApfError(
      'usage',
      'RANGE_BOUND',
      `${flag}: found ${text}, expected a seq such as 1200 or a time such as 1.5ms`,
    );
  }
}

/** The first row at the bound, or `past` 1: after it. Time never decreases. */
function rowFrom(reader: RangeReader, bound: Bound, past: 0 | 1): number {
  const last = reader.batches.at(-1);
  const rows = last === undefined ? 0 : last.firstSeq + last.rows;
  if ('seq' in bound) return bound.seq + past <= rows ? bound.seq + past : Number.POSITIVE_INFINITY;
  const ns = BigInt(bound.ns) + BigInt(past);
  const batch = reader.batches.findIndex((info) => info.rows > 0 && BigInt(info.lastNs) >= ns);
  if (batch < 0) return Number.POSITIVE_INFINITY;
  const times = timesOf(reader, batch);
  let low = 0;
  let high = reader.batches[batch].rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times(middle) < ns) low = middle + 1;
    else high = middle;
  }
  return reader.batches[batch].firstSeq + low;
}

/** The time of a row of a batch, in ns. */
export function timesOf(reader: RangeReader, batch: number): (row: number) => bigint {
  const {values} = reader.readBatch(batch, ['time_ns']).column('time_ns');
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return (row) => view.getBigInt64(row * 8, true);
}
