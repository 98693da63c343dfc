import {none, Row} from '../../protocol/row.js';
import {bitsOfType, padded} from '../layout.js';
import {type ColumnName, columnTable} from '../schema.js';
import {transposeFlags} from './transpose-flags.js';

/** One column of a batch, ready to be written: views over the buffers, padding included. */
export interface FilledColumn {
  nullCount: number;
  /** Bitmap; empty when no value is null. */
  validity: Uint8Array;
  values: Uint8Array;
  /** Both, as they stand in the file. */
  bytes: Uint8Array;
}

// Which bit of a row's two flag bytes says that the column has a value there; the last is the value of `choice`.
const hasVcpu = 1;
const hasTask = 2;
const hasFault = 4;
const hasCause = 8;
const hasToken = 16;
const hasGpa = 32;
const hasGva = 64;
const hasReason = 128;
const hasResult = 1;
const hasValue = 2;
const isChoice = 4;
/** Columns in the order of those bits; the first eight are in the first byte. */
const flagColumns = [
  ...(['vcpu', 'task', 'fault', 'cause', 'token', 'gpa', 'gva', 'reason'] as const),
  ...(['result', 'value', 'choice'] as const),
];

const highWord = 1 / 2 ** 32;

/**
 * The rows of one batch as columns, filled row by row and used again for the next batch. 64-bit columns are two words a
 * row, the low one first, so that no BigInt is made; whether values are null is kept as two bytes a row and turned into
 * bitmaps once a batch, which is cheaper than setting bits in eleven of them.
 */
export class ColumnBuffers {
  /** Rows in the batch so far. */
  rows = 0;
  private readonly seqs: Uint32Array;
  private readonly times: Uint32Array;
  private readonly vcpus: Uint16Array;
  private readonly tasks: Uint32Array;
  private readonly kinds: Uint8Array;
  /** No values: the bitmap is what the column says. */
  private readonly choices: Uint8Array;
  private readonly faults: Uint32Array;
  private readonly causes: Uint32Array;
  private readonly tokens: Uint32Array;
  private readonly gpas: Uint32Array;
  private readonly gvas: Uint32Array;
  private readonly reasons: Uint8Array;
  private readonly results: Uint8Array;
  private readonly values: Uint32Array;
  private readonly flagsLow: Uint8Array;
  private readonly flagsHigh: Uint8Array;
  /** Bytes of a bitmap of all rows; so many stand before the values of each column, whose bitmap ends where they begin. */
  private readonly bitmapBytes: number;

  /** @param capacity rows that fit */
  constructor(readonly capacity: number) {
    const slots = Math.ceil(capacity / 64) * 64;
    this.bitmapBytes = slots / 8;
    this.seqs = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.times = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.vcpus = new Uint16Array(this.buffer(2), this.bitmapBytes);
    this.tasks = new Uint32Array(this.buffer(4), this.bitmapBytes);
    this.kinds = new Uint8Array(this.buffer(1), this.bitmapBytes);
    this.choices = new Uint8Array(this.buffer(0), this.bitmapBytes);
    this.faults = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.causes = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.tokens = new Uint32Array(this.buffer(4), this.bitmapBytes);
    this.gpas = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.gvas = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.reasons = new Uint8Array(this.buffer(1), this.bitmapBytes);
    this.results = new Uint8Array(this.buffer(1), this.bitmapBytes);
    this.values = new Uint32Array(this.buffer(8), this.bitmapBytes);
    this.flagsLow = new Uint8Array(slots);
    this.flagsHigh = new Uint8Array(slots);
  }

  /** Appends a row; the caller looks after `capacity`. */
  put(row: Float64Array): void {
    const i = this.rows;
    const low = 2 * i;
    const high = low + 1;
    let flagsLow = 0;
    let flagsHigh = 0;
    this.seqs[low] = row[Row.seq] >>> 0;
    this.seqs[high] = (row[Row.seq] * highWord) >>> 0;
    this.times[low] = row[Row.time] >>> 0;
    this.times[high] = (row[Row.time] * highWord) >>> 0;
    this.kinds[i] = row[Row.kind];
    if (row[Row.choice] !== 0) flagsHigh = isChoice;
    const vcpu = row[Row.vcpu];
    if (vcpu !== none) flagsLow |= hasVcpu;
    this.vcpus[i] = vcpu === none ? 0 : vcpu;
    const task = row[Row.task];
    if (task !== none) flagsLow |= hasTask;
    this.tasks[i] = task === none ? 0 : task >>> 0;
    const token = row[Row.token];
    if (token !== none) flagsLow |= hasToken;
    this.tokens[i] = token === none ? 0 : token >>> 0;
    const reason = row[Row.reason];
    if (reason !== none) flagsLow |= hasReason;
    this.reasons[i] = reason === none ? 0 : reason;
    const result = row[Row.result];
    if (result !== none) flagsHigh |= hasResult;
    this.results[i] = result === none ? 0 : result;
    flagsLow |= putWords(this.faults, low, row[Row.fault], hasFault);
    flagsLow |= putWords(this.causes, low, row[Row.cause], hasCause);
    flagsHigh |= putWords(this.values, low, row[Row.value], hasValue);
    const gpaHigh = row[Row.gpaHi];
    if (gpaHigh !== none) flagsLow |= hasGpa;
    this.gpas[low] = gpaHigh === none ? 0 : row[Row.gpaLo] >>> 0;
    this.gpas[high] = gpaHigh === none ? 0 : gpaHigh >>> 0;
    const gvaHigh = row[Row.gvaHi];
    if (gvaHigh !== none) flagsLow |= hasGva;
    this.gvas[low] = gvaHigh === none ? 0 : row[Row.gvaLo] >>> 0;
    this.gvas[high] = gvaHigh === none ? 0 : gvaHigh >>> 0;
    this.flagsLow[i] = flagsLow;
    this.flagsHigh[i] = flagsHigh;
    this.rows = i + 1;
  }

  /** The columns in the order of the file; the views are good until the next `put`. Padding is zero. */
  columns(): FilledColumn[] {
    this.packFlags();
    const bitmapBytes = padded(Math.ceil(this.rows / 8));
    return columnTable.map((column) => {
      const {buffer} = this.valuesOf(column.name);
      const bitmap = new Uint8Array(buffer, this.bitmapBytes - bitmapBytes, bitmapBytes);
      if (column.name === 'choice') return {nullCount: 0, validity: nothing, values: bitmap, bytes: bitmap};
      const bytes = Math.ceil((this.rows * bitsOfType(column.type)) / 8);
      const values = new Uint8Array(buffer, this.bitmapBytes, padded(bytes));
      // A batch before this one may have left values there.
      values.fill(0, bytes);
      const nullCount = column.nullable ? this.rows - countBits(bitmap) : 0;
      if (nullCount === 0) return {nullCount, validity: nothing, values, bytes: values};
      const both = new Uint8Array(buffer, bitmap.byteOffset, bitmapBytes + values.length);
      return {nullCount, validity: bitmap, values, bytes: both};
    });
  }

  /** Forgets the rows: the next `put` begins a batch. */
  clear(): void {
    this.rows = 0;
  }

  /** Virtual time of a row of the batch, in ns. */
  timeAt(index: number): number {
    return this.times[2 * index + 1] * 2 ** 32 + this.times[2 * index];
  }

  /** @param bytes of a value in a slot */
  private buffer(bytes: number): ArrayBuffer {
    return new ArrayBuffer(this.bitmapBytes * (1 + 8 * bytes));
  }

  private packFlags(): void {
    const end = Math.ceil(this.rows / 64) * 64;
    this.flagsLow.fill(0, this.rows, end);
    this.flagsHigh.fill(0, this.rows, end);
    const from = this.bitmapBytes - end / 8;
    const bitmaps = flagColumns.map((name) => new Uint8Array(this.valuesOf(name).buffer, from, end / 8));
    transposeFlags(this.flagsLow, end, bitmaps.slice(0, 8));
    transposeFlags(this.flagsHigh, end, bitmaps.slice(8));
  }

  private valuesOf(name: ColumnName): ArrayBufferView {
    switch (name) {
      case 'seq':
        return this.seqs;
      case 'time_ns':
        return this.times;
      case 'vcpu':
        return this.vcpus;
      case 'task':
        return this.tasks;
      case 'kind':
        return this.kinds;
      case 'choice':
        return this.choices;
      case 'fault':
        return this.faults;
      case 'cause':
        return this.causes;
      case 'token':
        return this.tokens;
      case 'gpa':
        return this.gpas;
      case 'gva':
        return this.gvas;
      case 'reason':
        return this.reasons;
      case 'result':
        return this.results;
      case 'value':
        return this.values;
    }
  }
}

/** Writes a number from 0 to 2^53 - 1, or null as zero; returns the flag if there is a value. */
function putWords(words: Uint32Array, low: number, value: number, flag: number): number {
  if (value === none) {
    words[low] = 0;
    words[low + 1] = 0;
    return 0;
  }
  words[low] = value >>> 0;
  words[low + 1] = (value * highWord) >>> 0;
  return flag;
}

const nothing = new Uint8Array(0);

/** How many bits are set; the length is a multiple of 8 bytes. */
function countBits(bitmap: Uint8Array): number {
  const words = new Uint32Array(bitmap.buffer, bitmap.byteOffset, bitmap.length / 4);
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i];
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
