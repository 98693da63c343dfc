import {ColumnMemory} from '../trace/decode/column-memory.js';
import type {TraceBatch, TraceReader} from '../trace/decode/trace-reader.js';
import type {ColumnName} from '../trace/schema.js';
import type {RowRange} from './range.js';

/** The rows that a scan gives. */
export interface ScanSource {
  readonly reader: Pick<TraceReader, 'batches' | 'readBatch'>;
  readonly range: RowRange;
}

/** Rows of one batch that stand together. */
export interface RowSlice {
  readonly batch: TraceBatch;
  readonly start: number;
  readonly count: number;
}

/** What reading a batch gave or threw. */
type Outcome = {readonly batch: TraceBatch} | {readonly error: unknown};

/** Where one scan of a trace stands: it reads the columns that it is for, one batch at a time. */
export class TraceScan {
  /** The batch that is given, of which the next row and one past the last; -1 before the first batch. */
  private index = -1;
  private batch: TraceBatch | null = null;
  private next = 0;
  private end = 0;
  /** Batches after that one, in order. */
  private readonly ahead: {readonly index: number; readonly outcome: Outcome}[] = [];
  /** Of the batches that are given and of those after them, in turns. */
  private readonly memories: readonly ColumnMemory[];
  private reads = 0;

  /** @param batchesMax how many batches are taken before the first of them is done with, and read ahead */
  constructor(
    private readonly source: ScanSource,
    private readonly columns: readonly ColumnName[],
    private readonly batchesMax: number,
  ) {
    this.memories = Array.from({length: 2 * batchesMax}, () => new ColumnMemory());
  }

  /**
   * The next rows, at most so many; null at the end. Slices end at multiples of that, so that all but a range's first
   * begin at a whole byte of a bitmap. Throws what reading throws.
   */
  take(rowsMax: number): RowSlice | null {
    if (this.next >= this.end && !this.advance()) return null;
    const start = this.next;
    const count = Math.min(rowsMax - (start % rowsMax), this.end - start);
    this.next += count;
    return {batch: this.batch as TraceBatch, start, count};
  }

  /** Reads the next batches before they are taken, unless the present one goes on. */
  readAhead(): void {
    if (this.next < this.end) return;
    while (this.ahead.length < this.batchesMax) {
      const index = this.indexAfter(this.ahead.at(-1)?.index ?? this.index);
      if (index === null) return;
      this.ahead.push({index, outcome: this.read(index)});
    }
  }

  /** Goes to the next batch that has rows in the range; false: there is none. */
  private advance(): boolean {
    this.batch = null;
    const index = this.indexAfter(this.index);
    if (index === null) return false;
    if (this.ahead.length === 0) this.ahead.push({index, outcome: this.read(index)});
    const [{outcome}] = this.ahead;
    // It stays there: whoever asks again is told the same.
    if ('error' in outcome) throw outcome.error;
    this.ahead.shift();
    const {firstSeq, rows} = this.source.reader.batches[index];
    this.index = index;
    this.batch = outcome.batch;
    this.next = Math.max(this.source.range.first - firstSeq, 0);
    this.end = Math.min(this.source.range.end - firstSeq, rows);
    return true;
  }

  private indexAfter(index: number): number | null {
    const {batches} = this.source.reader;
    const {first, end} = this.source.range;
    for (let next = index + 1; next < batches.length; next++) {
      const {firstSeq, rows} = batches[next];
      if (Math.max(first - firstSeq, 0) < Math.min(end - firstSeq, rows)) return next;
      // A damaged batch tells of no rows: reading it is what throws.
      if (rows === 0 && end > firstSeq) return next;
    }
    return null;
  }

  private read(index: number): Outcome {
    const memory = this.memories[this.reads++ % this.memories.length];
    try {
      return {batch: this.source.reader.readBatch(index, this.columns, memory)};
    } catch (error) {
      return {error};
    }
  }
}
