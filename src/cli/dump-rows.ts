import {ApfError} from '../base/errors.js';
import {newRow, Row} from '../protocol/row.js';
import type {RowCursor} from '../trace/decode/row-cursor.js';
import {writeJson} from './json.js';
import {errorDocument} from './report-error.js';
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
 * @returns in a document the error at a damaged batch, none of whose rows is printed, and which its last item tells
 * @throws ApfError badData at a damaged batch, where each row is a line; io when nobody can be written to
 */
export async function dumpRows(
  cursor: RowCursor,
  options: DumpOptions,
  write: (text: string) => Promise<void>,
): Promise<ApfError | null> {
  const row = newRow();
  const {first, end, kinds, isJson} = options;
  let text = isJson ? '[' : '';
  let separator = isJson ? '\n  ' : '';
  let failure: ApfError | null = null;
  const next = () => {
    try {
      return cursor.next(row);
    } catch (error) {
      if (!(error instanceof ApfError) || error.kind !== 'badData') throw error;
      failure = error;
      return false;
    }
  };
  cursor.seek(first);
  while (next() && row[Row.seq] < end) {
    if (kinds !== null && !kinds.has(row[Row.kind])) continue;
    text += isJson ? separator + writeJson(rowObject(row)) : `${rowText(row)}\n`;
    separator = isJson ? ',\n  ' : '';
    if (text.length < chunkLength) continue;
    await write(text);
    text = '';
  }
  if (failure !== null && isJson) text += separator + writeJson(errorDocument(failure));
  await write(isJson ? `${text}\n]\n` : text);
  if (failure !== null && !isJson) throw failure;
  return failure;
}
