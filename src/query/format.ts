import type {DuckDBValue} from '@duckdb/node-api';
import {csvFormatter} from './format-csv.js';
import {jsonFormatter, ndjsonFormatter} from './format-json.js';
import {tableFormatter} from './format-table.js';
import type {QueryColumn, QueryResult} from './select.js';

export const queryFormats = ['table', 'csv', 'json', 'ndjson'] as const;

export type QueryFormat = (typeof queryFormats)[number];

/** Rows that a table shows by default: what a terminal holds. */
export const tableRowsDefault = 40;

/** Turns rows into text, a chunk at a time. */
export interface Formatter {
  begin(): string;
  rows(rows: readonly (readonly DuckDBValue[])[]): string;
  end(): string;
}

export interface Written {
  /** Rows of the result. */
  readonly rows: number;
  /** Rows among them that were written. */
  readonly shown: number;
}

export interface WriteOptions {
  /** Rows to write; the others are counted. Default: 40 in a table, else all. */
  readonly maxRows?: number | undefined;
}

/**
 * Writes a result. `write` gets the text piece by piece, and the next piece is made when its promise holds. What the
 * trace or the query says cannot steer a terminal in any format.
 */
export async function writeResult(
  result: QueryResult,
  format: QueryFormat,
  write: (text: string) => void | Promise<void>,
  options: WriteOptions = {},
): Promise<Written> {
  const formatter = await formatterOf(format, result.columns);
  const maxRows = options.maxRows ?? (format === 'table' ? tableRowsDefault : Number.POSITIVE_INFINITY);
  const send = async (text: string) => {
    if (text !== '') await write(text);
  };
  let rows = 0;
  let shown = 0;
  await send(formatter.begin());
  for await (const chunk of result.chunks()) {
    const count = Math.min(chunk.rowCount, maxRows - shown);
    if (count > 0) await send(formatter.rows(chunk.rows().slice(0, count)));
    shown += count;
    rows += chunk.rowCount;
  }
  await send(formatter.end());
  return {rows, shown};
}

async function formatterOf(format: QueryFormat, columns: readonly QueryColumn[]): Promise<Formatter> {
  switch (format) {
    case 'table':
      return tableFormatter(columns);
    case 'csv':
      return csvFormatter(columns);
    case 'json':
      return jsonFormatter(columns);
    case 'ndjson':
      return ndjsonFormatter(columns);
  }
}
