import type {DuckDBType} from '@duckdb/node-api';
import {kindNames} from '../protocol/kinds.js';
import {reasonNames} from '../protocol/reasons.js';
import type {ColumnName} from '../trace/schema.js';

/** The module @duckdb/node-api, which is imported only where a query runs: its import takes about 0.1 s. */
export type DuckDB = typeof import('@duckdb/node-api');

/**
 * How the values of a column get from an Arrow buffer into a DuckDB vector:
 * `copy` byte for byte; `widen` to a wider signed type, so that differences below zero are no error; `bits` from a
 * bitmap to one byte a value.
 */
export type Transfer = 'copy' | 'widen' | 'bits';

export interface ScanColumn {
  readonly name: ColumnName;
  readonly transfer: Transfer;
  /** Bytes a value in the DuckDB vector. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly type: (duckdb: DuckDB) => DuckDBType;
}

const bigint = (duckdb: DuckDB) => duckdb.BIGINT;
const ubigint = (duckdb: DuckDB) => duckdb.UBIGINT;

/**
 * The columns of the table function. An index into a trace's dictionary is one into these ENUMs: the reader has checked
 * that it names a word, and dictionaries only grow at the end. `kind` is first because DuckDB asks for the first column
 * when a query names none (`count(*)`), and it is the narrowest that has no nulls. The order that SQL shows is that of
 * views/events.sql.
 */
export const scanColumns: readonly ScanColumn[] = [
  {name: 'kind', transfer: 'copy', bytes: 1, type: (duckdb) => duckdb.ENUM(kindNames)},
  {name: 'seq', transfer: 'copy', bytes: 8, type: bigint},
  {name: 'time_ns', transfer: 'copy', bytes: 8, type: bigint},
  {name: 'vcpu', transfer: 'widen', bytes: 4, type: (duckdb) => duckdb.INTEGER},
  {name: 'task', transfer: 'widen', bytes: 8, type: bigint},
  {name: 'choice', transfer: 'bits', bytes: 1, type: (duckdb) => duckdb.BOOLEAN},
  {name: 'fault', transfer: 'copy', bytes: 8, type: bigint},
  {name: 'cause', transfer: 'copy', bytes: 8, type: bigint},
  {name: 'token', transfer: 'widen', bytes: 8, type: bigint},
  {name: 'gpa', transfer: 'copy', bytes: 8, type: ubigint},
  {name: 'gva', transfer: 'copy', bytes: 8, type: ubigint},
  {name: 'reason', transfer: 'copy', bytes: 1, type: (duckdb) => duckdb.ENUM(reasonNames)},
  {name: 'result', transfer: 'widen', bytes: 2, type: (duckdb) => duckdb.SMALLINT},
  {name: 'value', transfer: 'copy', bytes: 8, type: bigint},
];
