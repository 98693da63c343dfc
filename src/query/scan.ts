import type {DuckDBConnection} from '@duckdb/node-api';
import type {ColumnName} from '../trace/schema.js';
import {type DuckDB, type ScanColumn, scanColumns} from './columns.js';
import {KeptBatches} from './kept-batches.js';
import {type RowSlice, type ScanSource, TraceScan} from './trace-scan.js';
import {type Bindings, Transferrer, vectorRows} from './transfer.js';
import {Wakefulness} from './wakefulness.js';

/** What a scan threw, for the error that DuckDB makes of it keeps the text only. */
export interface ScanFailure {
  error: unknown;
}

/** The most rows in a list: those of a batch, where they are as many as they use to be. */
const listRows = 65_536;
/** So many lists are given at a time, fewer if they are larger together: the processor's cache is to hold them. */
const listsMax = 8;
const listsBytes = 2 ** 19;
/** Room for batches that are kept, of all sources. */
const keptBytes = 2 ** 26;

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
 * all that DuckDB takes. `scan_lists(n)` gives up to eight batches at a time, each as a row whose columns are lists: DuckDB
 * asks from another thread, which takes longer than to give 2048 rows, and takes lists apart itself.
 * Both read the columns that the plan names and copy them to DuckDB's buffers; nothing is loaded before.
 */
export function registerScans(
  duckdb: DuckDB,
  bindings: Bindings,
  connection: DuckDBConnection,
  opened: readonly ScanSource[],
): ScanFailure {
  const failure: ScanFailure = {error: null};
  const sources = opened.map(({reader, range}) => ({
    reader: new KeptBatches(reader, keptBytes / opened.length),
    range,
  }));
  const register = (
    name: string,
    typeOf: (column: ScanColumn) => ReturnType<ScanColumn['type']>,
    fillerOf: (source: ScanSource, columns: readonly ScanColumn[]) => Filler,
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
          info.setInitData(fillerOf(info.bindData as ScanSource, columns));
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
    (source, columns) => new RowFiller(source, columns, bindings),
  );
  register(
    'scan_lists',
    (column) => duckdb.LIST(column.type(duckdb)),
    (source, columns) => new ListFiller(source, columns, bindings),
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
  private readonly scan: TraceScan;
  private readonly transferrer: Transferrer;
  private readonly wakefulness = new Wakefulness();

  constructor(
    source: ScanSource,
    private readonly columns: readonly ScanColumn[],
    private readonly bindings: Bindings,
  ) {
    this.scan = new TraceScan(source, namesOf(columns), 1);
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
  private readonly scan: TraceScan;
  private readonly transferrer: Transferrer;
  private readonly lists: number;
  /** Where each list begins and how many it holds. */
  private readonly entries: BigUint64Array<ArrayBuffer>;
  /** What the scan threw when some lists of a call were there already: they are given first. */
  private failure: {readonly error: unknown} | null = null;
  /** Few rows may be all that is asked: the first list is given alone, and no batch read ahead of it. */
  private isFirst = true;

  constructor(
    source: ScanSource,
    private readonly columns: readonly ScanColumn[],
    private readonly bindings: Bindings,
  ) {
    const rowBytes = columns.reduce((sum, column) => sum + column.bytes, 0);
    this.lists = Math.max(1, Math.min(listsMax, Math.floor(listsBytes / (rowBytes * listRows))));
    this.entries = new BigUint64Array(2 * this.lists);
    this.scan = new TraceScan(source, namesOf(columns), this.lists);
    this.transferrer = new Transferrer(bindings, listRows);
  }

  fill(output: Output): void {
    const slices = this.take();
    output.rowCount = slices.length;
    if (slices.length === 0) return;
    const rows = slices.reduce((sum, slice) => sum + slice.count, 0);
    for (const [index, column] of this.columns.entries()) {
      const lists = this.bindings.data_chunk_get_vector(output.chunk, index);
      const values = this.room(lists, rows);
      let at = 0;
      for (const {batch, start, count} of slices) {
        this.transferrer.slice(column, batch.column(column.name), start, count, values, at);
        at += count;
      }
      this.bindings.copy_data_to_vector(lists, 0, this.entries.buffer, 0, 16 * slices.length);
    }
    // While DuckDB is at work on these.
    if (!this.isFirst) setImmediate(() => this.scan.readAhead());
    this.isFirst = false;
  }

  /** The next slices, and where they stand in the lists; each begins at a whole byte of a bitmap. */
  private take(): RowSlice[] {
    if (this.failure !== null) throw this.failure.error;
    const slices: RowSlice[] = [];
    let rows = 0;
    try {
      while (slices.length < (this.isFirst ? 1 : this.lists) && rows % 8 === 0) {
        const slice = this.scan.take(listRows);
        if (slice === null) break;
        this.entries.set([BigInt(rows), BigInt(slice.count)], 2 * slices.length);
        slices.push(slice);
        rows += slice.count;
      }
    } catch (error) {
      if (slices.length === 0) throw error;
      this.failure = {error};
    }
    return slices;
  }

  private room(lists: Vector, count: number): Vector {
    this.bindings.list_vector_reserve(lists, count);
    this.bindings.list_vector_set_size(lists, count);
    return this.bindings.list_vector_get_child(lists);
  }
}

function namesOf(columns: readonly ScanColumn[]): ColumnName[] {
  return columns.map((column) => column.name);
}
