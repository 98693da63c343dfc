import type {DuckDBInstance, DuckDBPreparedStatement, DuckDBResult, DuckDBValue} from '@duckdb/node-api';
import {ApfError} from '../base/errors.js';
import type {DuckDB} from './columns.js';
import {openDatabase, type QueryDatabase, type QuerySource} from './database.js';
import {bindParameters, checkParameters, type Parameters} from './parameters.js';
import {quoteReserved} from './reserved-names.js';
import type {QueryChunk, QueryResult} from './result.js';
import type {DatabaseLimits} from './sandbox.js';
import {isOfDuckDB, type KnownNames, memoryError, type SqlPlace, sqlError} from './sql-error.js';
import {type SqlStatement, splitStatements} from './sql-text.js';
import {explainedPart, notOneSelect, prepareSelect} from './statements.js';

export interface RunOptions {
  readonly parameters?: Parameters | undefined;
  /** The plan instead of the rows. */
  readonly explain?: boolean | undefined;
  /** More than one statement is allowed, as from a file. */
  readonly several?: boolean | undefined;
}

/** SQL over traces that the caller opens and closes: a database with the views, and what may be asked of it. */
export class QuerySession {
  /** What was asked last, text and values, if it goes over lists: the view is still of those that it reads. */
  private last: {readonly question: string; readonly prepared: DuckDBPreparedStatement} | null = null;

  private constructor(
    private readonly duckdb: DuckDB,
    private readonly database: QueryDatabase,
    private readonly isUnsafe: boolean,
    private readonly closeSources: () => void,
  ) {}

  /**
   * @param sources opens the traces, or is called for those that are open; what it throws is thrown
   * @param options `close` is called when the session is closed; `begun`: the database, created with those limits
   */
  static async open(
    sources: () => readonly QuerySource[] | Promise<readonly QuerySource[]>,
    limits: DatabaseLimits,
    {begun, close = () => undefined}: {begun?: Promise<DuckDBInstance> | undefined; close?: () => void} = {},
  ): Promise<QuerySession> {
    const duckdb = await import('@duckdb/node-api');
    const database = await openDatabase(duckdb, sources, limits, begun);
    return new QuerySession(duckdb, database, limits.isUnsafe === true, close);
  }

  /**
   * Runs the statements of a text, each when the one before has been read.
   * Throws usage SQL_STATEMENT for what is not one SELECT, SQL_PARAMETER, and SQL_ERROR, which points into the text;
   * limit SQL_MEMORY; what a trace throws that is read.
   */
  async *run(sql: string, options: RunOptions = {}): AsyncGenerator<QueryResult, void, void> {
    const {parameters = new Map()} = options;
    const statements = splitStatements(sql);
    if (statements.length === 0) throw notOneSelect('nothing', 'apf query "FROM latency"');
    if (statements.length > 1 && options.several !== true && !this.isUnsafe) {
      throw notOneSelect(`${statements.length} statements`, 'apf query -f FILE --format csv (for several SELECTs)');
    }
    // SQL that is not safe may prepare statements of its own.
    if (!this.isUnsafe)
      checkParameters(
        statements.map(({tokens}) => tokens),
        parameters,
      );
    for (const statement of statements) {
      const isLast = statement === statements.at(-1);
      const {text, start, tokens} = options.explain === true ? explain(statement) : statement;
      const quoted = quoteReserved({text, start, tokens});
      const place = {sql, start, ...quoted};
      this.database.failure.error = null;
      const {result, whyFailed} = await this.explained(place, async () => {
        const quotedStatement = {text: quoted.text, start, tokens};
        const prepared = await this.prepareBound(quotedStatement, parameters);
        const whyFailed = () => this.runToFailure(quotedStatement, prepared.statementType, parameters);
        return {result: await prepared.stream(), whyFailed};
      });
      const chunks = () => this.chunksOf(place, result, whyFailed);
      if (result.returnType === this.duckdb.ResultReturnType.NOTHING) {
        for await (const _ of chunks());
        continue;
      }
      const types = result.columnTypes();
      yield {
        isLast,
        isPlan: result.statementType === this.duckdb.StatementType.EXPLAIN,
        columns: result.deduplicatedColumnNames().map((name, index) => ({name, type: types[index]})),
        chunks,
      };
    }
  }

  close(): void {
    this.database.connection.disconnectSync();
    this.database.instance.closeSync();
    this.closeSources();
  }

  /**
   * Prepares a statement, over lists of the columns that it reads if that pays, and gives its parameters their values.
   * That takes two plans, so that a question asked again is not prepared again.
   */
  private async prepareBound(statement: SqlStatement, parameters: Parameters): Promise<DuckDBPreparedStatement> {
    const {connection, rows} = this.database;
    const question = JSON.stringify([statement.text, ...parameters]);
    if (this.last?.question === question) return this.last.prepared;
    this.last = null;
    const bound = (prepared: DuckDBPreparedStatement) => {
      bindParameters(this.duckdb, prepared, parameters);
      return prepared;
    };
    const prepare = async (text: string) => bound(await connection.prepare(text));
    await rows.becomeRows();
    const overRows = bound(await this.prepareWithCatalog(statement));
    const {SELECT, EXPLAIN} = this.duckdb.StatementType;
    if (overRows.statementType !== SELECT && overRows.statementType !== EXPLAIN) return overRows;
    const {text} = explainedPart(statement) ?? statement;
    if (!(await rows.becomeLists(text, prepare))) return overRows;
    try {
      const prepared = await prepare(statement.text);
      this.last = {question, prepared};
      return prepared;
    } catch {
      // What DuckDB can do with rows but not with lists that are taken apart.
      await rows.becomeRows();
      return prepare(statement.text);
    }
  }

  /** What fails may name something in a way that is not seen in its text: then all there is to name is created first. */
  private async prepareWithCatalog(statement: SqlStatement): Promise<DuckDBPreparedStatement> {
    const {catalog} = this.database;
    if (this.isUnsafe) await catalog.createAll();
    else await catalog.createFor(statement.text);
    try {
      return await this.prepare(statement);
    } catch (error) {
      if (error instanceof ApfError || !(await catalog.createAll())) throw error;
      return this.prepare(statement);
    }
  }

  private async prepare(statement: SqlStatement): Promise<DuckDBPreparedStatement> {
    const {connection} = this.database;
    if (!this.isUnsafe) return prepareSelect(this.duckdb, connection, statement);
    const extracted = await connection.extractStatements(statement.text);
    for (let index = 0; index < extracted.count - 1; index++) await (await extracted.prepare(index)).run();
    return extracted.prepare(extracted.count - 1);
  }

  private async *chunksOf(
    place: SqlPlace,
    result: DuckDBResult,
    whyFailed: () => Promise<void>,
  ): AsyncGenerator<QueryChunk, void, void> {
    for (;;) {
      const chunk = await this.explained(place, async () => {
        const fetched = await result.fetchChunk();
        const isLast = fetched === null || fetched.rowCount === 0;
        // A stream that fails looks like one that ends, but for this.
        if (isLast && result.returnType === this.duckdb.ResultReturnType.INVALID) await whyFailed();
        return isLast ? null : fetched;
      });
      if (chunk === null) return;
      yield {rowCount: chunk.rowCount, data: chunk, rows: () => chunk.getRows()};
    }
  }

  /**
   * Throws what a statement throws whose stream has failed: DuckDB's interface does not tell what that was. Unless a scan
   * threw it, the statement runs again, if it is one that reads, and its rows go nowhere.
   */
  private async runToFailure(
    statement: SqlStatement,
    type: DuckDBPreparedStatement['statementType'],
    parameters: Parameters,
  ): Promise<void> {
    const {failure, connection} = this.database;
    if (failure.error !== null) throw failure.error;
    if (type === this.duckdb.StatementType.SELECT) {
      const again = await connection.prepare(`EXPLAIN ANALYZE ${statement.text}`);
      bindParameters(this.duckdb, again, parameters);
      await again.run();
      if (failure.error !== null) throw failure.error;
    }
    const message = 'SQL: the query failed before its last row, and DuckDB does not say why';
    throw new ApfError('usage', 'SQL_ERROR', message);
  }

  /** What is thrown is told as the user can act on it; what a scan threw is told as it was. */
  private async explained<T>(place: SqlPlace, run: () => Promise<T>): Promise<T> {
    const {failure} = this.database;
    try {
      return await run();
    } catch (error) {
      const cause = failure.error ?? error;
      if (cause instanceof ApfError) throw cause;
      // A scan may find no memory for its rows, which is no bug of ours.
      if (failure.error !== null && !isOfDuckDB(cause)) throw cause;
      throw memoryError(cause) ?? sqlError(cause, place, await this.names());
    }
  }

  private async names(): Promise<KnownNames> {
    const {connection, catalog} = this.database;
    await catalog.createAll();
    const list = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const own = "schema_name = 'main' AND NOT internal";
    const views = await list(`SELECT view_name FROM duckdb_views() WHERE ${own}`);
    const functions = await list(`SELECT function_name FROM duckdb_functions() WHERE ${own}`);
    const columns = await list(`SELECT column_name, table_name FROM duckdb_columns() WHERE ${own} ORDER BY table_oid`);
    const viewsOf = new Map<string, string[]>();
    for (const [column, view] of columns) {
      viewsOf.set(String(column), [...(viewsOf.get(String(column)) ?? []), String(view)]);
    }
    const first = (rows: DuckDBValue[][]) => rows.map(([name]) => String(name));
    return {views: first(views), functions: first(functions), columns: viewsOf};
  }
}

/** The statement that asks for the plan of another; its places are still those of the text. */
function explain({text, start, tokens}: SqlStatement): SqlStatement {
  const word = 'EXPLAIN';
  const begin = start - word.length - 1;
  return {text: `${word} ${text}`, start: begin, tokens: [{kind: 'word', text: word, start: begin}, ...tokens]};
}
