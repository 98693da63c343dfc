import {assert} from '../../base/assert.js';
import {ApfError} from '../../base/errors.js';
import type {DictionaryCounts} from '../messages.js';
import {type ColumnName, type Compression, columnNames, type TraceEnd, type TraceMetadata} from '../schema.js';
import type {ColumnData} from './column-data.js';
import {ColumnMemory} from './column-memory.js';
import {InputFile} from './input-file.js';
import {inspectBatch} from './inspect-batch.js';
import {ReadAhead} from './read-ahead.js';
import type {BatchInfo, ScannedBatches, TraceProblem} from './scan-batches.js';
import type {ScannedPrefix} from './scan-prefix.js';

/** Some columns of one batch. */
export interface TraceBatch {
  rows: number;
  firstSeq: number;
  /** A column that was asked for. */
  column(name: ColumnName): ColumnData;
}

/** Whoever looks for damage stops after so many batches: a file may be made to hold nothing else. */
export const damagedBatchesMax = 100;

/** What opening a trace has found, as it goes to another process: plain data. */
export interface TraceOutline {
  readonly path: string;
  readonly prefix: ScannedPrefix;
  readonly scanned: ScannedBatches;
}

/** Opens a trace of which it is known what is in it. Throws inputMissing TRACE_MISSING, badData TRACE_NOT_A_FILE, io TRACE_READ. */
export function reopenTrace({path, prefix, scanned}: TraceOutline): TraceReader {
  return new TraceReader(InputFile.open(path), prefix, scanned);
}

/** An open trace, read batch by batch and column by column. */
export class TraceReader {
  readonly path: string;
  readonly metadata: TraceMetadata;
  /** Rows of each batch but the last. */
  readonly rowsPerBatch: number;
  /** Of every batch; null if the first cannot be read. */
  readonly compression: Compression | null;
  /** Of the file. */
  readonly bytes: number;
  /** How many of the names of kinds and reasons the file uses. */
  readonly dictionaries: DictionaryCounts;
  /** In order. A damaged batch is the last, has no rows and cannot be read; what follows it is unknown. */
  readonly batches: readonly BatchInfo[];
  /** Rows of all whole, undamaged batches. */
  readonly rows: number;
  /** The footer is there and the last batch tells how the recording ended. */
  readonly complete: boolean;
  readonly end: TraceEnd | null;
  readonly problems: readonly TraceProblem[];
  /** Of the whole trace; of the batches that can be read when it is not complete. Hexadecimal. */
  readonly digest: string;
  private readonly damage: TraceProblem | null;
  /** Of what is read to be verified. */
  private readonly memory = new ColumnMemory();
  /** null: columns that stand in the file as they are take hardly longer to read than to hand over. */
  private readonly ahead: ReadAhead | null;

  constructor(
    private readonly file: InputFile,
    private readonly prefix: ScannedPrefix,
    private readonly scanned: ScannedBatches,
  ) {
    this.path = file.path;
    this.metadata = prefix.metadata;
    this.rowsPerBatch = prefix.rowsPerBatch;
    this.compression = compressionOf(scanned);
    this.bytes = file.bytes;
    this.dictionaries = prefix.counts;
    this.batches = scanned.batches;
    this.rows = scanned.batches.reduce((sum, batch) => sum + batch.rows, 0);
    this.complete = scanned.isComplete;
    this.end = scanned.end;
    this.problems = scanned.problems;
    this.digest = scanned.digest;
    this.damage = scanned.damage;
    this.ahead = this.compression === 'zstd' ? new ReadAhead(this.path, this.wholeBatches, this.dictionaries) : null;
  }

  /**
   * Reads the bytes of those columns, and only them. Throws badData TRACE_DAMAGED, TRACE_COMPRESSION, TRACE_DIGEST or
   * TRACE_VALUE, naming batch, column and byte; none of the batch's rows may be used then.
   * @param memory where the columns are put; the batch that was put there before is lost. Default: new memory
   */
  readBatch(index: number, columns: readonly ColumnName[], memory = new ColumnMemory()): TraceBatch {
    const info = this.batches[index];
    assert(info !== undefined, `batch ${index} of ${this.batches.length}`);
    if (this.damage !== null && index === this.batches.length - 1) {
      throw this.badData(this.damage.code, `byte ${this.damage.offset}: ${this.damage.message}`);
    }
    const data = this.read(index, columns, memory);
    if (!(data instanceof Map)) throw this.badData(data.code, `byte ${data.offset}: ${data.message}`);
    return {
      rows: info.rows,
      firstSeq: info.firstSeq,
      column: (name) => {
        const column = data.get(name);
        assert(column !== undefined, `column ${name} was not read`);
        return column;
      },
    };
  }

  /** Reads a whole batch and tells what is wrong with it, by the first column that is. Throws io TRACE_READ. */
  verifyBatch(index: number): TraceProblem | null {
    if (this.damage !== null && index === this.batches.length - 1) return this.damage;
    const read = this.read(index, columnNames, this.memory);
    return read instanceof Map ? null : read;
  }

  /**
   * Reads everything and tells what is wrong with the file, beginning with `problems`, then one for each batch; it ends
   * after `damagedBatchesMax` of them. Throws io TRACE_READ.
   */
  verify(): TraceProblem[] {
    const found = [...this.problems];
    for (const {index} of this.wholeBatches) {
      if (found.length >= damagedBatchesMax) break;
      const problem = this.verifyBatch(index);
      if (problem !== null) found.push(problem);
    }
    return found;
  }

  /** With it, another process can open the trace without looking at each batch. */
  get outline(): TraceOutline {
    return {path: this.path, prefix: this.prefix, scanned: this.scanned};
  }

  close(): void {
    this.ahead?.end();
    this.file.close();
  }

  private get wholeBatches(): readonly BatchInfo[] {
    return this.damage === null ? this.batches : this.batches.slice(0, -1);
  }

  /** The columns of a batch, or the first that is wrong with them. */
  private read(
    index: number,
    columns: readonly ColumnName[],
    memory: ColumnMemory,
  ): Map<ColumnName, ColumnData> | TraceProblem {
    const found = this.ahead?.take(index, columns, memory);
    if (found) return found;
    const data = new Map<ColumnName, ColumnData>();
    const request = {info: this.batches[index], columns, counts: this.dictionaries};
    for (const problem of inspectBatch(this.file, request, memory, data)) return problem;
    return data;
  }

  private badData(code: string, message: string): ApfError {
    return new ApfError('badData', code, `${this.path}: ${message}`, [`apf info -t ${this.path}`]);
  }
}

function compressionOf({batches, damage}: ScannedBatches): Compression | null {
  if (batches.length === 0 || (damage !== null && batches.length === 1)) return null;
  return batches[0].storedBytes === null ? 'none' : 'zstd';
}
