import {newRow, Row} from '../protocol/row.js';
import type {RowCursor} from '../trace/decode/row-cursor.js';
import {writeJson} from './json.js';
import {rowObject, rowText} from './row-text.js';

export interface DumpOptions {
  /** Rows first to end - 1, by seq. */
  first: number;
  end: number;
  /** Numbers of the kinds to print; null: all. */
  kinds: ReadonlySet<number> | null;
  /** One document, a list of rows, instead of a line each. */
  isJson: boolean;
}

/** Characters that are written at once. */
const chunkLength = 1 << 16;

/**
 * Prints the rows of a trace as they are read, so that a trace of any length takes the same memory.
 * @throws ApfError badData at a damaged batch, none of whose rows is printed; io when nobody can be written to
 */
export async function dumpRows(
  cursor: RowCursor,
  options: DumpOptions,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const row = newRow();
  const {first, end, kinds, isJson} = options;
  let text = isJson ? '[' : '';
  let separator = isJson ? '\n  ' : '';
  cursor.seek(first);
  while (cursor.next(row) && row[Row.seq] < end) {
    if (kinds !== null && !kinds.has(row[Row.kind])) continue;
    text += isJson ? separator + writeJson(rowObject(row)) : `${rowText(row)}\n`;
    separator = isJson ? ',\n  ' : '';
    if (text.length < chunkLength) continue;
    await write(text);
    text = '';
  }
  await write(isJson ? `${text}\n]\n` : text);
}
