import {totalmem} from 'node:os';
import type {DuckDBPreparedStatement, DuckDBResult, DuckDBType, DuckDBValue} from '@duckdb/node-api';
import {ApfError} from '../base/errors.js';
import type {DuckDB} from './columns.js';
import {openDatabase, type QueryDatabase, type QuerySource} from './database.js';

export interface QueryColumn {
  /** Unique among the columns: a second `a` is `a:1`. */
  readonly name: string;
  readonly type: DuckDBType;
}

/** Some rows of a result, at most 2,048. */
export interface QueryChunk {
  readonly rowCount: number;
  /** The values, row by row; converted when called. */
  rows(): DuckDBValue[][];
}

/** The rows of a query as they come: only one chunk is in memory, unless the query itself gathers them. */
export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  /** Can be read once. Throws ApfError: the query's own, or of the trace that it reads. */
  chunks(): AsyncGenerator<QueryChunk, void, void>;
  /** Ends the query and closes the traces. */
  close(): void;
}

/**
 * Runs one SELECT over traces that the caller opens and closes.
 * @param memoryBytes memory of the query before it fails; default: half of the machine's
 */
export async function querySources(
  sources: readonly QuerySource[],
  sql: string,
  memoryBytes = totalmem() / 2,
): Promise<QueryResult> {
  const duckdb = await import('@duckdb/node-api');
  const database = await openDatabase(duckdb, sources, memoryBytes);
  const close = () => {
    database.connection.disconnectSync();
    database.instance.closeSync();
  };
  try {
    const result = await (await prepareSelect(duckdb, database, sql)).stream();
    const types = result.columnTypes();
    return {
      columns: result.deduplicatedColumnNames().map((name, index) => ({name, type: types[index]})),
      chunks: () => chunksOf(database, result),
      close,
    };
  } catch (error) {
    close();
    throw sqlError(database, error);
  }
}

async function prepareSelect(duckdb: DuckDB, database: QueryDatabase, sql: string): Promise<DuckDBPreparedStatement> {
  if (/^[;\s]*$/.test(sql)) throw notOneSelect('nothing');
  const statements = await database.connection.extractStatements(sql);
  if (statements.count !== 1) {
    // DuckDB makes a PIVOT without its values two statements: the first finds the values.
    const hint = /\bpivot\b/i.test(sql) ? ' (a PIVOT is one only with its values: ON kind IN (…))' : '';
    throw notOneSelect(`${statements.count} statements${hint}`);
  }
  const statement = await statements.prepare(0);
  const type = statement.statementType;
  if (type !== duckdb.StatementType.SELECT) throw notOneSelect(duckdb.StatementType[type] ?? 'another');
  if (statement.parameterCount > 0) throw notOneSelect('a parameter');
  return statement;
}

function notOneSelect(found: string): ApfError {
  return new ApfError('usage', 'SQL_STATEMENT', `SQL: found ${found}, expected one SELECT`);
}

async function* chunksOf(database: QueryDatabase, result: DuckDBResult): AsyncGenerator<QueryChunk, void, void> {
  try {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield {rowCount: chunk.rowCount, rows: () => chunk.getRows()};
    }
  } catch (error) {
    throw sqlError(database, error);
  }
}

/** What DuckDB threw, as the user can act on it. What a scan threw is told as it was. */
function sqlError(database: QueryDatabase, error: unknown): unknown {
  if (database.failure.error !== null) return database.failure.error;
  if (error instanceof ApfError) return error;
  const text = (error instanceof Error ? error.message : String(error)).replace('Failed to extract statements: ', '');
  if (text.startsWith('Out of Memory Error')) return new ApfError('limit', 'SQL_MEMORY', text);
  return new ApfError('usage', 'SQL_ERROR', text, ['apf query --schema']);
}
