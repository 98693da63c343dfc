import {assert} from '../../base/assert.js';
import {kindTable, sharedWords} from '../../protocol/kinds.js';
import type {BatchFacts} from '../batch-facts.js';
import {bitsOfType, type ColumnRegion, padded} from '../layout.js';
import type {DictionaryCounts} from '../messages.js';
import type {ColumnEntry} from '../schema.js';

/** One column of a batch, checked. */
export interface ColumnData {
  /** One element a row; `choice` is a bitmap, the first row in the lowest bit. 0 where null. */
  values: Uint8Array | Uint16Array | Uint32Array | BigUint64Array | BigInt64Array;
  /** The same bytes as two words a row, the low one first, for 64-bit columns; else empty. */
  words: Uint32Array;
  /** Bitmap, 1 for a value, the first row in the lowest bit; null when no value is null. */
  validity: Uint8Array | null;
}

/** Lays views over the bytes of a column region, which begin a buffer of their own. */
export function viewColumn(bytes: Uint8Array, column: ColumnEntry, region: ColumnRegion, rows: number): ColumnData {
  const at = region.values.offset - region.offset;
  const {buffer} = bytes;
  const validity = region.validity.bytes === 0 ? null : new Uint8Array(buffer, 0, region.validity.bytes);
  const words = new Uint32Array(buffer, at, bitsOfType(column.type) === 64 ? 2 * rows : 0);
  switch (column.type) {
    case 'uint64':
      return {values: new BigUint64Array(buffer, at, rows), words, validity};
    case 'int64':
      return {values: new BigInt64Array(buffer, at, rows), words, validity};
    case 'uint32':
      return {values: new Uint32Array(buffer, at, rows), words, validity};
    case 'uint16':
      return {values: new Uint16Array(buffer, at, rows), words, validity};
    default:
      return {values: new Uint8Array(buffer, at, region.values.bytes), words, validity};
  }
}

/**
 * Why a column with the right digest can still be no recording: a forger computes digests too. Null if it is plausible.
 * Readers rely on it: numbers fit into a double, dictionary indices name an entry, seq counts, time never decreases,
 * nulls are as many as stated and zero underneath.
 */
export function implausibleColumn(
  column: ColumnEntry,
  data: ColumnData,
  facts: BatchFacts,
  nullCount: number,
  counts: DictionaryCounts,
): string | null {
  const {rows, firstSeq} = facts;
  if (data.validity !== null && !hasNulls(data, rows, nullCount))
    return `not ${nullCount} nulls that are zero underneath`;
  switch (column.name) {
    case 'seq':
      return isCounting(data.words, firstSeq) ? null : `does not count from ${firstSeq}`;
    case 'time_ns':
      return isTime(data.words, facts) ? null : `does not rise from ${facts.firstNs} to ${facts.lastNs}`;
    case 'kind':
      return isBelow(data.values as Uint8Array, counts.kind) ? null : `an index is not below ${counts.kind}`;
    case 'reason':
      return isBelow(data.values as Uint8Array, counts.reason) ? null : `an index is not below ${counts.reason}`;
    case 'fault':
      return isEarlier(data.words, firstSeq, 0) ? null : 'names a later row';
    case 'cause':
      // Row 0 has no cause: a zero there can only be a null, which is not told from a value here.
      return isEarlier(data.words, firstSeq, 1) ? null : 'names a row that is not before its own';
    case 'value':
      return isSafe(data.words) ? null : 'a number is not from 0 to 2^53 - 1';
    case 'choice':
      return (rows & 7) === 0 || (data.values as Uint8Array)[rows >>> 3] >>> (rows & 7) === 0
        ? null
        : 'more bits than rows';
    default:
      return null;
  }
}

/** What `choice` must be in a row of the kind. Both are possible for a word that guest and host write. */
const choiceOfKind = kindTable.map((kind) => (sharedWords.includes(kind.name) ? null : kind.role === 'event' ? 0 : 1));

/** The first row whose `choice` is not that of its kind; -1 if there is none. */
export function wrongChoice(kinds: ColumnData, choices: ColumnData): number {
  const kindOfRow = kinds.values as Uint8Array;
  const bits = choices.values as Uint8Array;
  for (let i = 0; i < kindOfRow.length; i++) {
    const expected = choiceOfKind[kindOfRow[i]];
    if (expected !== null && ((bits[i >>> 3] >>> (i & 7)) & 1) !== expected) return i;
  }
  return -1;
}

function hasNulls(data: ColumnData, rows: number, nullCount: number): boolean {
  const validity = data.validity as Uint8Array;
  const perRow = data.words.length > 0 ? 2 : 1;
  const values = (perRow === 2 ? data.words : data.values) as Uint32Array;
  let found = 0;
  for (let byte = 0; byte < validity.length; byte++) {
    const bits = validity[byte];
    if (bits === 0xff) continue;
    const end = Math.min(8 * byte + 8, rows);
    for (let i = 8 * byte; i < end; i++) {
      if (((bits >>> (i & 7)) & 1) !== 0) continue;
      found++;
      if (values[perRow * i] !== 0 || values[perRow * i + perRow - 1] !== 0) return false;
    }
  }
  const beyond = (rows & 7) === 0 ? 0 : validity[validity.length - 1] >>> (rows & 7);
  return found === nullCount && beyond === 0;
}

function isCounting(words: Uint32Array, firstSeq: number): boolean {
  for (let i = 0; i < words.length; i += 2) {
    if (words[i + 1] * 2 ** 32 + words[i] !== firstSeq + i / 2) return false;
  }
  return true;
}

function isTime(words: Uint32Array, facts: BatchFacts): boolean {
  let before = facts.firstNs;
  for (let i = 0; i < words.length; i += 2) {
    const time = words[i + 1] * 2 ** 32 + words[i];
    if (time < before) return false;
    before = time;
  }
  // A last time past 2^53 - 1 is never equal: the header's is not larger.
  return before === facts.lastNs && (words.length === 0 || words[1] * 2 ** 32 + words[0] === facts.firstNs);
}

/**
 * Four at a time: with 128 - limit added, a byte that is below 128 but not below the limit gets its highest bit, and
 * none carries into the next.
 */
function isBelow(values: Uint8Array, limit: number): boolean {
  if (limit === 0) return values.length === 0;
  assert(limit <= 128, `a dictionary of ${limit} words`);
  // Zeros follow the last, up to a multiple of 8 bytes.
  const words = new Int32Array(values.buffer, values.byteOffset, padded(values.length) / 4);
  const distance = Math.imul(128 - limit, 0x01010101);
  let highBits = 0;
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i];
    const next = words[i + 1];
    highBits |= word | (word + distance) | next | (next + distance);
  }
  return (highBits & 0x80808080) === 0;
}

function isEarlier(words: Uint32Array, firstSeq: number, distance: number): boolean {
  for (let i = 0; i < words.length; i += 2) {
    const named = words[i + 1] * 2 ** 32 + words[i];
    if (named + distance > firstSeq + i / 2 && named !== 0) return false;
  }
  return true;
}

function isSafe(words: Uint32Array): boolean {
  for (let i = 1; i < words.length; i += 2) {
    if (words[i] >= 2 ** 21) return false;
  }
  return true;
}
