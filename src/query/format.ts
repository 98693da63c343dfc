import type {DuckDBValue} from '@duckdb/node-api';
import {assert} from '../base/assert.js';
import {isDocument, type QueryFormat} from './format-names.js';
import {arrowFormatter} from './formats/arrow.js';
import {csvFormatter} from './formats/csv.js';
import {jsonFormatter, ndjsonFormatter} from './formats/json.js';
import {markdownFormatter} from './formats/markdown.js';
import {parquetFormatter} from './formats/parquet.js';
import {planFormatter} from './formats/plan.js';
import {tableFormatter} from './formats/table.js';
import {tsvFormatter} from './formats/tsv.js';
import {piecesOf, readRows} from './long-text.js';
import type {QueryChunk, QueryResult} from './result.js';

/** Rows that a table shows by default: what a terminal holds. */
export const tableRowsDefault = 40;

/** Some of a written result. */
export type Piece = string | Uint8Array;

/** Where pieces go. The next one is made when its promise holds. */
export type WritePiece = (piece: Piece) => void | Promise<void>;

/** Turns rows into pieces, a chunk at a time. */
export interface TextFormatter {
  begin(): Piece;
  rows(rows: readonly (readonly DuckDBValue[])[]): Piece;
  end(): Piece | Promise<Piece>;
}

/** Takes the first `count` rows of each chunk as DuckDB has them, and writes them at the end. */
export interface ChunkFormatter {
  chunk(chunk: QueryChunk, count: number): void;
  end(): AsyncIterable<Piece>;
}

export interface Written {
  /** Rows of the result. */
  readonly rows: number;
  /** Rows among them that were written. */
  readonly shown: number;
}

export interface WriteOptions {
  /** Rows of each result to write; the others are counted. Default: 40 in a table, else all. */
  readonly maxRows?: number | undefined;
  /** Where a format that needs one may make a file, which the caller removes. */
  readonly folder?: string | undefined;
}

/** Writes a result. What the trace or the query says cannot steer a terminal in any format. */
export async function writeResult(
  result: QueryResult,
  format: QueryFormat,
  write: WritePiece,
  options: WriteOptions = {},
): Promise<Written> {
  const {maxRows = format === 'table' ? tableRowsDefault : Number.POSITIVE_INFINITY} = options;
  const formatter = await formatterOf(format, result, options);
  const send = async (piece: Piece) => {
    if (piece.length > 0) await write(piece);
  };
  const isText = 'rows' in formatter;
  let rows = 0;
  let shown = 0;
  if (isText) await send(formatter.begin());
  for await (const chunk of result.chunks()) {
    const count = Math.min(chunk.rowCount, maxRows - shown);
    if (count > 0 && isText) {
      const values = readRows(() => chunk.rows()).slice(0, count);
      for (const piece of piecesOf(formatter, values)) await send(piece);
    }
    if (count > 0 && !isText) formatter.chunk(chunk, count);
    shown += count;
    rows += chunk.rowCount;
  }
  if (isText) await send(await formatter.end());
  else for await (const piece of formatter.end()) await send(piece);
  return {rows, shown};
}

/** Writes results one after the other; of those that a document format could not hold together, the last. */
export async function writeResults(
  results: AsyncIterable<QueryResult>,
  format: QueryFormat,
  write: WritePiece,
  options: WriteOptions = {},
): Promise<Written> {
  let total: Written = {rows: 0, shown: 0};
  for await (const result of results) {
    if (isDocument(format) && !result.isLast) {
      for await (const _ of result.chunks());
      continue;
    }
    const {rows, shown} = await writeResult(result, format, write, options);
    total = {rows: total.rows + rows, shown: total.shown + shown};
  }
  return total;
}

async function formatterOf(
  format: QueryFormat,
  {columns, isPlan}: QueryResult,
  {folder}: WriteOptions,
): Promise<TextFormatter | ChunkFormatter> {
  switch (format) {
    case 'table':
      return isPlan ? planFormatter() : tableFormatter(columns);
    case 'csv':
      return csvFormatter(columns);
    case 'tsv':
      return tsvFormatter(columns);
    case 'json':
      return jsonFormatter(columns);
    case 'ndjson':
      return ndjsonFormatter(columns);
    case 'markdown':
      return markdownFormatter(columns);
    case 'arrow':
      return arrowFormatter(columns);
    case 'parquet':
      assert(folder !== undefined, 'parquet needs a folder');
      return parquetFormatter(columns, folder);
  }
}
