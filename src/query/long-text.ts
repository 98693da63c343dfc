import type {DuckDBValue} from '@duckdb/node-api';
import {ApfError} from '../base/errors.js';
import type {Piece, TextFormatter} from './format.js';

type Rows = readonly (readonly DuckDBValue[])[];

/**
 * Rows as pieces: one, unless their text is longer than a string can be (half a gigabyte); then fewer rows a piece.
 * Throws limit SQL_VALUE when a single row is too long.
 */
export function* piecesOf(formatter: TextFormatter, rows: Rows): Generator<Piece, void, void> {
  let piece: Piece;
  try {
    piece = formatter.rows(rows);
  } catch (error) {
    if (!isTooLong(error)) throw error;
    if (rows.length === 1) throw valueError();
    const half = rows.length >> 1;
    yield* piecesOf(formatter, rows.slice(0, half));
    yield* piecesOf(formatter, rows.slice(half));
    return;
  }
  yield piece;
}

/** Reads values; throws limit SQL_VALUE when one of them is longer than a string can be. */
export function readRows<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isTooLong(error) ? valueError() : error;
  }
}

function isTooLong(error: unknown): boolean {
  const {code, message} = error as NodeJS.ErrnoException;
  return code === 'ERR_STRING_TOO_LONG' || (error instanceof RangeError && message === 'Invalid string length');
}

function valueError(): ApfError {
  return new ApfError(
    'limit',
    'SQL_VALUE',
    'SQL: a row is longer than half a gigabyte of text, which nothing can show',
  );
}
