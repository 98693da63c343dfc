import type {ColumnMemory} from '../trace/decode/column-memory.js';
import type {BatchInfo} from '../trace/decode/scan-batches.js';
import type {TraceBatch, TraceReader} from '../trace/decode/trace-reader.js';
import type {ColumnName} from '../trace/schema.js';

/** What a batch takes beside the values of its columns: a trace may be made of batches of one row. Unit: bytes. */
const batchBytes = 1024;

/**
 * Reads batches of a trace and keeps what was read and verified for a second time, for a plan that scans the same columns
 * several times, or a question that is asked again. What is asked for once goes into memory that is used again, which is
 * faster. Batches are kept by all the columns that they were read with: some are verified together.
 */
export class KeptBatches {
  /** By the columns, then by the number of the batch. */
  private readonly kept = new Map<string, Map<number, TraceBatch>>();
  private bytes = 0;
  /** By the columns: scans go forward, so that all batches up to this one were asked for. */
  private readonly furthest = new Map<string, number>();

  /** @param bytesMax room for what is kept; at most one batch goes beyond it */
  constructor(
    private readonly reader: Pick<TraceReader, 'batches' | 'readBatch'>,
    private readonly bytesMax: number,
  ) {}

  get batches(): readonly BatchInfo[] {
    return this.reader.batches;
  }

  /** As TraceReader.readBatch: the batch is good until another one is put into the memory. Nobody may write to it. */
  readBatch(index: number, columns: readonly ColumnName[], memory?: ColumnMemory): TraceBatch {
    const key = columns.join();
    const found = this.kept.get(key)?.get(index);
    if (found !== undefined) return found;
    if (!this.isAskedAgain(key, index) || !this.makeRoom(key)) return this.reader.readBatch(index, columns, memory);
    const batch = this.reader.readBatch(index, columns);
    const ofColumns = this.kept.get(key) ?? new Map<number, TraceBatch>();
    this.kept.set(key, ofColumns.set(index, batch));
    this.bytes += batchBytes;
    for (const name of columns) {
      const {values, validity} = batch.column(name);
      this.bytes += values.byteLength + (validity?.byteLength ?? 0);
    }
    return batch;
  }

  private isAskedAgain(key: string, index: number): boolean {
    if (index <= (this.furthest.get(key) ?? -1)) return true;
    this.furthest.set(key, index);
    return false;
  }

  /** Says whether there is room for a batch of those columns; the first of them takes that of others. */
  private makeRoom(key: string): boolean {
    if (this.bytes >= this.bytesMax && !this.kept.has(key)) {
      this.kept.clear();
      this.bytes = 0;
    }
    return this.bytes < this.bytesMax;
  }
}
