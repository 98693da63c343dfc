import {none, Row, rowFields} from '../../protocol/row.js';
import {bitsOfType, padded} from '../layout.js';
import {type ColumnName, columnTable} from '../schema.js';
import {transposeFlags} from './transpose-flags.js';

/** One column of a batch, ready to be written: views over the buffers, padding included. */
export interface FilledColumn {
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
 * The rows of one batch as columns, in memory that threads share. 64-bit columns are two words a row, the low one first,
 * so that no BigInt is made; whether values are null is kept as two bytes a row and turned into bitmaps once a batch,
 * which is cheaper than setting bits in eleven of them.
 */
export class ColumnBuffers {
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

  /**
   * @param capacity rows that fit
   * @param memory of `columnBytes(capacity)` bytes
   */
  constructor(
    capacity: number,
    readonly memory: SharedArrayBuffer = new SharedArrayBuffer(columnBytes(capacity)),
  ) {
    const slots = slotsFor(capacity);
    let end = 0;
    /** Where the values of the next column begin, of so many bytes each; before them is room for the bitmap of all rows. */
    const place = (bytes: number) => {
      const values = end + slots / 8;
      end = values + slots * bytes;
      return values;
    };
    this.seqs = new Uint32Array(memory, place(8), 2 * slots);
    this.times = new Uint32Array(memory, place(8), 2 * slots);
    this.vcpus = new Uint16Array(memory, place(2), slots);
    this.tasks = new Uint32Array(memory, place(4), slots);
    this.kinds = new Uint8Array(memory, place(1), slots);
    this.choices = new Uint8Array(memory, place(0), 0);
    this.faults = new Uint32Array(memory, place(8), 2 * slots);
    this.causes = new Uint32Array(memory, place(8), 2 * slots);
    this.tokens = new Uint32Array(memory, place(4), slots);
    this.gpas = new Uint32Array(memory, place(8), 2 * slots);
    this.gvas = new Uint32Array(memory, place(8), 2 * slots);
    this.reasons = new Uint8Array(memory, place(1), slots);
    this.results = new Uint8Array(memory, place(1), slots);
    this.values = new Uint32Array(memory, place(8), 2 * slots);
    this.flagsLow = new Uint8Array(slots);
    this.flagsHigh = new Uint8Array(slots);
  }

  /**
   * Makes columns of rows, `rowFields` numbers each, at most as many as fit.
   * @returns how many values are null, of each column in the order of the file
   */
  fill(numbers: Float64Array, rows: number): number[] {
    for (let row = 0; row < rows; row++) this.put(row, numbers);
    this.packFlags(rows);
    return columnTable.map(({name, nullable}) => (nullable ? rows - countBits(this.bitmapOf(name, rows)) : 0));
  }

  /** The columns in the order of the file, which hold so many rows; the views are good until the next `fill`. */
  columns(rows: number, nullCounts: readonly number[]): FilledColumn[] {
    return columnTable.map((column, index) => {
      const {buffer, byteOffset} = this.valuesOf(column.name);
      const bitmap = this.bitmapOf(column.name, rows);
      if (column.name === 'choice') return {validity: nothing, values: bitmap, bytes: bitmap};
      const bytes = Math.ceil((rows * bitsOfType(column.type)) / 8);
      const values = new Uint8Array(buffer, byteOffset, padded(bytes));
      // A batch before this one may have left values there.
      values.fill(0, bytes);
      if (nullCounts[index] === 0) return {validity: nothing, values, bytes: values};
      const both = new Uint8Array(buffer, bitmap.byteOffset, bitmap.length + values.length);
      return {validity: bitmap, values, bytes: both};
    });
  }

  /** Puts the i-th row into the columns. */
  private put(i: number, numbers: Float64Array): void {
    const at = i * rowFields;
    const low = 2 * i;
    const high = low + 1;
    let flagsLow = 0;
    let flagsHigh = 0;
    this.seqs[low] = numbers[at + Row.seq] >>> 0;
    this.seqs[high] = (numbers[at + Row.seq] * highWord) >>> 0;
    this.times[low] = numbers[at + Row.time] >>> 0;
    this.times[high] = (numbers[at + Row.time] * highWord) >>> 0;
    this.kinds[i] = numbers[at + Row.kind];
    if (numbers[at + Row.choice] !== 0) flagsHigh = isChoice;
    const vcpu = numbers[at + Row.vcpu];
    if (vcpu !== none) flagsLow |= hasVcpu;
    this.vcpus[i] = vcpu === none ? 0 : vcpu;
    const task = numbers[at + Row.task];
    if (task !== none) flagsLow |= hasTask;
    this.tasks[i] = task === none ? 0 : task >>> 0;
    const token = numbers[at + Row.token];
    if (token !== none) flagsLow |= hasToken;
    this.tokens[i] = token === none ? 0 : token >>> 0;
    const reason = numbers[at + Row.reason];
    if (reason !== none) flagsLow |= hasReason;
    this.reasons[i] = reason === none ? 0 : reason;
    const result = numbers[at + Row.result];
    if (result !== none) flagsHigh |= hasResult;
    this.results[i] = result === none ? 0 : result;
    flagsLow |= putWords(this.faults, low, numbers[at + Row.fault], hasFault);
    flagsLow |= putWords(this.causes, low, numbers[at + Row.cause], hasCause);
    flagsHigh |= putWords(this.values, low, numbers[at + Row.value], hasValue);
    const gpaHigh = numbers[at + Row.gpaHi];
    if (gpaHigh !== none) flagsLow |= hasGpa;
    this.gpas[low] = gpaHigh === none ? 0 : numbers[at + Row.gpaLo] >>> 0;
    this.gpas[high] = gpaHigh === none ? 0 : gpaHigh >>> 0;
    const gvaHigh = numbers[at + Row.gvaHi];
    if (gvaHigh !== none) flagsLow |= hasGva;
    this.gvas[low] = gvaHigh === none ? 0 : numbers[at + Row.gvaLo] >>> 0;
    this.gvas[high] = gvaHigh === none ? 0 : gvaHigh >>> 0;
    this.flagsLow[i] = flagsLow;
    this.flagsHigh[i] = flagsHigh;
  }

  private packFlags(rows: number): void {
    const end = slotsFor(rows);
    this.flagsLow.fill(0, rows, end);
    this.flagsHigh.fill(0, rows, end);
    const bitmaps = flagColumns.map((name) => this.bitmapOf(name, end));
    transposeFlags(this.flagsLow, end, bitmaps.slice(0, 8));
    transposeFlags(this.flagsHigh, end, bitmaps.slice(8));
  }

  /** The bitmap of so many rows, padding included: it ends where the values begin, as the two stand in the file. */
  private bitmapOf(name: ColumnName, rows: number): Uint8Array {
    const {buffer, byteOffset} = this.valuesOf(name);
    const bytes = padded(Math.ceil(rows / 8));
    return new Uint8Array(buffer, byteOffset - bytes, bytes);
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

/** Rows that there is room for: whole words of 64 bits in each bitmap. */
function slotsFor(rows: number): number {
  return Math.ceil(rows / 64) * 64;
}

/** Bytes for the columns of so many rows, each with a bitmap before it. */
function columnBytes(capacity: number): number {
  const bits = columnTable.reduce((sum, {type}) => sum + 1 + bitsOfType(type), 0);
  return (slotsFor(capacity) / 8) * bits;
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
