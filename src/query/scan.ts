import type {DuckDBConnection} from '@duckdb/node-api';
import type {TraceBatch, TraceReader} from '../trace/decode/open-trace.js';
import {type DuckDB, scanColumns} from './columns.js';
import type {RowRange} from './range.js';
import {type Bindings, Transferrer, vectorRows} from './transfer.js';
import {Wakefulness} from './wakefulness.js';

/** The rows that a scan gives. */
export interface ScanSource {
  readonly reader: Pick<TraceReader, 'batches' | 'readBatch'>;
  readonly range: RowRange;
}

/** What a scan threw, for the error that DuckDB makes of it keeps the text only. */
export interface ScanFailure {
  error: unknown;
}

/**
 * Registers the table function `scan_trace(n)`: the rows of the n-th source in order. It reads the columns that the
 * query names, one batch at a time, and copies them from the file's buffers to DuckDB's; nothing is loaded before.
 */
export function registerScan(
  duckdb: DuckDB,
  bindings: Bindings,
  connection: DuckDBConnection,
  sources: readonly ScanSource[],
): ScanFailure {
  const failure: ScanFailure = {error: null};
  const wakefulness = new Wakefulness();
  const keep = (run: () => void) => {
    try {
      run();
    } catch (error) {
      failure.error = error;
      throw error;
    }
  };
  connection.registerTableFunction(
    duckdb.DuckDBTableFunction.create({
      name: 'scan_trace',
      parameterTypes: [duckdb.INTEGER],
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        const source = sources[Number(info.getParameter(0))];
        if (source === undefined) throw new Error(`scan_trace: expected 0 to ${sources.length - 1}`);
        for (const column of scanColumns) info.addResultColumn(column.name, column.type(duckdb));
        info.setCardinality(rowsIn(source), true);
        info.setBindData(source);
      },
      initFunction: (info) => {
        const source = info.bindData as ScanSource;
        info.setInitData(new TraceScan(source, info.getColumnIndexes(), bindings));
      },
      mainFunction: (info, output) => {
        keep(() => (info.initData as TraceScan).fill(output));
        if (output.rowCount > 0) wakefulness.expectMore();
      },
    }),
  );
  return failure;
}

function rowsIn({reader, range}: ScanSource): number {
  const last = reader.batches.at(-1);
  const rows = last === undefined ? 0 : last.firstSeq + last.rows;
  return Math.max(0, Math.min(range.end, rows) - Math.min(range.first, rows));
}

/** Where one scan of a trace stands. */
class TraceScan {
  private readonly columns: readonly (typeof scanColumns)[number][];
  private readonly transferrer: Transferrer;
  private batchIndex = -1;
  private batch: TraceBatch | null = null;
  /** Rows of the current batch: the next to give, and one past the last. */
  private next = 0;
  private end = 0;

  constructor(
    private readonly source: ScanSource,
    columnIndexes: readonly number[],
    private readonly bindings: Bindings,
  ) {
    this.columns = columnIndexes.map((index) => scanColumns[index]);
    this.transferrer = new Transferrer(bindings);
  }

  /** Gives up to `vectorRows` rows; none at the end. */
  fill(output: {chunk: Parameters<Bindings['data_chunk_get_vector']>[0]; rowCount: number}): void {
    while (this.next >= this.end) {
      if (!this.advance()) {
        output.rowCount = 0;
        return;
      }
    }
    const start = this.next;
    // Slices end at multiples of the vector's size, so that all but a range's first begin at a whole byte of a bitmap.
    const count = Math.min(vectorRows - (start % vectorRows), this.end - start);
    output.rowCount = count;
    const batch = this.batch as TraceBatch;
    for (let i = 0; i < this.columns.length; i++) {
      const vector = this.bindings.data_chunk_get_vector(output.chunk, i);
      this.transferrer.slice(this.columns[i], batch.column(this.columns[i].name), start, count, vector);
    }
    this.next += count;
  }

  /** Goes to the next batch that has rows in the range; false: there is none. */
  private advance(): boolean {
    const {reader, range} = this.source;
    this.batch = null;
    while (++this.batchIndex < reader.batches.length) {
      const info = reader.batches[this.batchIndex];
      const first = Math.max(range.first - info.firstSeq, 0);
      const end = Math.min(range.end - info.firstSeq, info.rows);
      // A damaged batch tells of no rows: reading it is what throws.
      if (first >= end && (info.rows > 0 || range.end <= info.firstSeq)) continue;
      const names = this.columns.map((column) => column.name);
      this.batch = reader.readBatch(this.batchIndex, names);
      this.next = Math.min(first, end);
      this.end = end;
      return true;
    }
    return false;
  }
}
