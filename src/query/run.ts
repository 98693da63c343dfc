import {openTrace} from '../trace/decode/open-trace.js';
import {rangeOf} from './range.js';
import {type QueryResult, querySources} from './select.js';
import {traceNames} from './trace-names.js';

export interface QueryOptions {
  /** Paths of the traces; with several, every view has the column `trace`. */
  readonly traces: readonly string[];
  /** One statement, a SELECT. */
  readonly sql: string;
  /** First and last row to scan, each a seq or a time such as 1.5ms. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Memory of the query before it fails, bytes. Default: half of the machine's. */
  readonly memoryBytes?: number | undefined;
}

/**
 * Runs one SELECT over traces, which DuckDB scans where they lie. The statement can reach nothing else: no file, no
 * network, no extension, no setting. Close the result.
 * Throws usage SQL_STATEMENT for what is not one SELECT, usage SQL_ERROR with DuckDB's text, limit SQL_MEMORY.
 */
export async function runQuery(options: QueryOptions): Promise<QueryResult> {
  const names = traceNames(options.traces);
  const opened: {close(): void}[] = [];
  const close = () => {
    for (const reader of opened.splice(0)) reader.close();
  };
  try {
    const sources = options.traces.map((path, index) => {
      const reader = openTrace(path);
      opened.push(reader);
      return {name: names[index], reader, range: rangeOf(reader, options.from, options.to)};
    });
    const result = await querySources(sources, options.sql, options.memoryBytes);
    return {
      columns: result.columns,
      chunks: () => result.chunks(),
      close: () => {
        result.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
