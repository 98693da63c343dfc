import type {DuckDBInstance} from '@duckdb/node-api';
import {assert} from '../base/assert.js';
import {reopenTrace, type TraceOutline, type TraceReader} from '../trace/decode/trace-reader.js';
import type {QuerySource} from './database.js';
import {rangeOf} from './range.js';
import type {QueryResult} from './result.js';
import {limitsOf} from './sandbox.js';
import {QuerySession, type RunOptions} from './session.js';
import {traceNames} from './trace-names.js';

export interface SessionOptions {
  /** Paths of the traces; with several, every view has the column `trace`. */
  readonly traces: readonly string[];
  /** What is known of each already, in the same order. */
  readonly outlines?: readonly TraceOutline[] | undefined;
  /** First and last row to scan, each a seq or a time such as 1.5ms. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Memory of the query before it fails, bytes. Default: half of the machine's. */
  readonly memoryBytes?: number | undefined;
  /** No sandbox: for SQL of one's own. */
  readonly isUnsafe?: boolean | undefined;
  /** Rows come to DuckDB by batches instead of 2048 at a time; only samples see that. Default: if they are many. */
  readonly asLists?: boolean | undefined;
}

export interface QueryOptions extends SessionOptions, RunOptions {
  /** One statement, a SELECT. */
  readonly sql: string;
}

/** A result to be closed, which ends the query and closes the traces. */
export interface OpenResult extends QueryResult {
  close(): void;
}

/**
 * A session over traces that it opens, and closes with itself.
 * @param begun its database, where it has been begun with the limits of these options
 */
export async function openSession(options: SessionOptions, begun?: Promise<DuckDBInstance>): Promise<QuerySession> {
  const readers: {close(): void}[] = [];
  const close = () => {
    for (const reader of readers.splice(0)) reader.close();
  };
  const open = async () => {
    const {outlines} = options;
    const names = traceNames(options.traces);
    const sources: QuerySource[] = [];
    for (const [index, path] of options.traces.entries()) {
      const reader = outlines === undefined ? await openWhole(path) : reopenTrace(outlines[index]);
      readers.push(reader);
      sources.push({name: names[index], reader, range: rangeOf(reader, options.from, options.to)});
    }
    return sources;
  };
  try {
    return await QuerySession.open(open, limitsOf(options), {begun, close});
  } catch (error) {
    close();
    throw error;
  }
}

/** What looks at a whole file is not loaded where another process has done so. */
async function openWhole(path: string): Promise<TraceReader> {
  const {openTrace} = await import('../trace/decode/open-trace.js');
  return openTrace(path);
}

/**
 * Runs one SELECT over traces, which DuckDB scans where they lie. The statement can reach nothing else: no file, no
 * network, no extension, no setting. Close the result.
 * Throws as QuerySession.run, and what opening a trace throws.
 */
export async function runQuery(options: QueryOptions): Promise<OpenResult> {
  return firstResult(await openSession(options), options.sql, options);
}

/** The same over traces that the caller opens and closes. */
export async function querySources(
  sources: readonly QuerySource[],
  sql: string,
  {asLists}: Pick<SessionOptions, 'asLists'> = {},
): Promise<OpenResult> {
  return firstResult(await QuerySession.open(() => sources, limitsOf({asLists})), sql, {});
}

async function firstResult(session: QuerySession, sql: string, options: RunOptions): Promise<OpenResult> {
  try {
    const {value: result} = await session.run(sql, options).next();
    assert(result !== undefined, 'one statement has one result');
    return {...result, chunks: () => result.chunks(), close: () => session.close()};
  } catch (error) {
    session.close();
    throw error;
  }
}
