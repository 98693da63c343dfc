import type {DuckDBConnection} from '@duckdb/node-api';
import {type DuckDB, type ScanColumn, scanColumns} from './columns.js';
import {type ScanSource, TraceScan} from './trace-scan.js';
import {type Bindings, Transferrer, vectorRows} from './transfer.js';
import {Wakefulness} from './wakefulness.js';

/** What a scan threw, for the error that DuckDB makes of it keeps the text only. */
export interface ScanFailure {
  error: unknown;
}

/** The most rows in a list: those of a batch, where they are as many as they use to be. */
const listRows = 65_536;

type Vector = ReturnType<Bindings['data_chunk_get_vector']>;
interface Output {
  readonly chunk: Parameters<Bindings['data_chunk_get_vector']>[0];
  rowCount: number;
}

/** One scan that DuckDB runs: gives it the next rows, none at the end. */
interface Filler {
  fill(output: Output): void;
}

/**
 * Registers two table functions over the n-th source in order. `scan_trace(n)` gives its rows, 2048 at a time, which is
 * all that DuckDB takes. `scan_lists(n)` gives a batch at a time, as one row whose columns are lists: DuckDB asks from
 * another thread, which takes longer than to give 2048 rows, and takes lists apart itself.
 * Both read the columns that the plan names and copy them from the file's buffers to DuckDB's; nothing is loaded before.
 */
export function registerScans(
  duckdb: DuckDB,
  bindings: Bindings,
  connection: DuckDBConnection,
  sources: readonly ScanSource[],
): ScanFailure {
  const failure: ScanFailure = {error: null};
  const register = (
    name: string,
    typeOf: (column: ScanColumn) => ReturnType<ScanColumn['type']>,
    fillerOf: (scan: TraceScan, columns: readonly ScanColumn[]) => Filler,
  ) =>
    connection.registerTableFunction(
      duckdb.DuckDBTableFunction.create({
        name,
        parameterTypes: [duckdb.INTEGER],
        supportsProjectionPushdown: true,
        bindFunction: (info) => {
          const source = sources[Number(info.getParameter(0))];
          if (source === undefined) throw new Error(`${name}: expected 0 to ${sources.length - 1}`);
          for (const column of scanColumns) info.addResultColumn(column.name, typeOf(column));
          // Of lists too: the plan is to be that of the rows in them.
          info.setCardinality(rowsIn(source), true);
          info.setBindData(source);
        },
        initFunction: (info) => {
          const columns = info.getColumnIndexes().map((index) => scanColumns[index]);
          const scan = new TraceScan(
            info.bindData as ScanSource,
            columns.map((column) => column.name),
          );
          info.setInitData(fillerOf(scan, columns));
        },
        mainFunction: (info, output) => {
          try {
            (info.initData as Filler).fill(output);
          } catch (error) {
            failure.error = error;
            throw error;
          }
        },
      }),
    );
  register(
    'scan_trace',
    (column) => column.type(duckdb),
    (scan, columns) => new RowFiller(scan, columns, bindings),
  );
  register(
    'scan_lists',
    (column) => duckdb.LIST(column.type(duckdb)),
    (scan, columns) => new ListFiller(scan, columns, bindings),
  );
  return failure;
}

/** Rows of a source that a scan gives. */
export function rowsIn({reader, range}: ScanSource): number {
  const last = reader.batches.at(-1);
  const rows = last === undefined ? 0 : last.firstSeq + last.rows;
  return Math.max(0, Math.min(range.end, rows) - Math.min(range.first, rows));
}

class RowFiller implements Filler {
  private readonly transferrer: Transferrer;
  private readonly wakefulness = new Wakefulness();

  constructor(
    private readonly scan: TraceScan,
    private readonly columns: readonly ScanColumn[],
    private readonly bindings: Bindings,
  ) {
    this.transferrer = new Transferrer(bindings, vectorRows);
  }

  fill(output: Output): void {
    const slice = this.scan.take(vectorRows);
    output.rowCount = slice?.count ?? 0;
    if (slice === null) return;
    this.wakefulness.expectMore();
    for (const [index, column] of this.columns.entries()) {
      const vector = this.bindings.data_chunk_get_vector(output.chunk, index);
      this.transferrer.slice(column, slice.batch.column(column.name), slice.start, slice.count, vector);
    }
  }
}

class ListFiller implements Filler {
  private readonly transferrer: Transferrer;
  /** Where the one list begins and how many it holds. */
  private readonly entry = new BigUint64Array(2);

  constructor(
    private readonly scan: TraceScan,
    private readonly columns: readonly ScanColumn[],
    private readonly bindings: Bindings,
  ) {
    this.transferrer = new Transferrer(bindings, listRows);
  }

  fill(output: Output): void {
    const slice = this.scan.take(listRows);
    output.rowCount = slice === null ? 0 : 1;
    if (slice === null) return;
    this.entry[1] = BigInt(slice.count);
    for (const [index, column] of this.columns.entries()) {
      const lists = this.bindings.data_chunk_get_vector(output.chunk, index);
      const values = this.room(lists, slice.count);
      this.transferrer.slice(column, slice.batch.column(column.name), slice.start, slice.count, values);
      this.bindings.copy_data_to_vector(lists, 0, this.entry.buffer, 0, this.entry.byteLength);
    }
    // While DuckDB is at work on these.
    setImmediate(() => this.scan.readAhead());
  }

  private room(lists: Vector, count: number): Vector {
    this.bindings.list_vector_reserve(lists, count);
    this.bindings.list_vector_set_size(lists, count);
    return this.bindings.list_vector_get_child(lists);
  }
}
