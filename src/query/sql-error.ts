import {closest} from 'fastest-levenshtein';
import {ApfError} from '../base/errors.js';
import {terminalText} from '../base/terminal-text.js';
import type {QuotedStatement} from './reserved-names.js';

/** A statement as DuckDB got it, and where it stands. */
export interface SqlPlace extends QuotedStatement {
  /** The whole text, of which the statement is a part. */
  readonly sql: string;
  /** Character of `sql` that the statement begins at. */
  readonly start: number;
}

/** Names that a query may use. */
export interface KnownNames {
  readonly views: readonly string[];
  readonly functions: readonly string[];
  /** Each with the views that have it. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** What DuckDB says under `errors_as_json`; every value is a text. */
interface DuckDBErrorText {
  readonly exception_type?: string;
  readonly exception_message?: string;
  /** Byte of the statement. */
  readonly position?: string;
  readonly error_subtype?: string;
  readonly type?: string;
  readonly name?: string;
  readonly candidates?: string;
}

/** Characters of a line of SQL that are shown around the place of an error. */
const lineLengthMax = 100;

/**
 * What DuckDB threw, as the user can act on it: line and column, what is wrong, the nearest name, and the line of SQL
 * with a mark under the place.
 */
export function sqlError(error: unknown, place: SqlPlace, names: KnownNames): ApfError {
  const found = readError(error);
  const what = describe(found, names);
  // A place past the end is one in a view or a macro.
  const isInside = Number(found.position) <= Buffer.byteLength(place.text);
  if (found.position === undefined || !isInside) return new ApfError('usage', 'SQL_ERROR', `SQL: ${what}`, suggestions);
  const at = place.start + characterOf(place, Number(found.position));
  return new ApfError('usage', 'SQL_ERROR', pointAt(place.sql, at, what), suggestions);
}

const suggestions = ['apf query --schema'];

/** What DuckDB threw when it found no memory left, for the user; null: it threw something else. */
export function memoryError(error: unknown): ApfError | null {
  const found = readError(error);
  if (found.exception_type !== 'Out of Memory') return null;
  const message = `SQL: DuckDB found no memory left: ${firstLine(found)}`;
  return new ApfError('limit', 'SQL_MEMORY', message, ['apf query --memory 8GiB …']);
}

/** Whether it is DuckDB's, and no bug of ours. */
export function isOfDuckDB(error: unknown): boolean {
  return readError(error).exception_type !== undefined;
}

/** Line and column, counted from 1, what is wrong there, the line, and a mark under its column. */
export function pointAt(sql: string, at: number, what: string): string {
  const lineStart = sql.lastIndexOf('\n', at - 1) + 1;
  const nextLine = sql.indexOf('\n', at);
  const line = sql.slice(lineStart, nextLine === -1 ? sql.length : nextLine);
  const column = Math.min(at - lineStart, line.length);
  const from = Math.max(0, Math.min(column - lineLengthMax / 2, line.length - lineLengthMax));
  const shown = (text: string, isCut: boolean) => (isCut ? '…' : '') + terminalText(text);
  const before = shown(line.slice(from, column), from > 0);
  const after =
    terminalText(line.slice(column, from + lineLengthMax)) + (line.length > from + lineLengthMax ? '…' : '');
  const number = sql.slice(0, lineStart).split('\n').length;
  return [
    `SQL, line ${number}, column ${column + 1}: ${what}`,
    `  ${before}${after}`,
    `  ${' '.repeat([...before].length)}^`,
  ].join('\n');
}

function readError(error: unknown): DuckDBErrorText {
  const message = error instanceof Error ? error.message : String(error);
  try {
    return JSON.parse(message.slice(message.indexOf('{'))) as DuckDBErrorText;
  } catch {
    return {exception_message: message};
  }
}

function firstLine({exception_message = ''}: DuckDBErrorText): string {
  return exception_message.split('\n')[0];
}

function describe(found: DuckDBErrorText, names: KnownNames): string {
  const {error_subtype: subtype, type = '', name = ''} = found;
  const candidates = found.candidates?.split(',') ?? [];
  if (subtype === 'MISSING_ENTRY' && type === 'Table') return missing('view', name, names.views);
  if (subtype === 'MISSING_ENTRY' && type.endsWith('Function')) {
    return missing('function', name, [...names.functions, ...candidates]);
  }
  const columns = [...names.columns.keys()];
  if (subtype === 'COLUMN_NOT_FOUND') {
    const elsewhere = names.columns.get(name.toLowerCase());
    if (elsewhere !== undefined) return `there is no column ${name} here; it is one of ${elsewhere.join(', ')}`;
    return missing('column', name, candidates.length > 0 ? candidates : columns);
  }
  const column = /does not have a column named "(.+)"/.exec(found.exception_message ?? '');
  if (column !== null) return missing('column', column[1], columns);
  return firstLine(found);
}

function missing(what: string, name: string, known: readonly string[]): string {
  const nearest = known.length === 0 ? '' : `; the nearest is ${closest(name.toLowerCase().slice(0, 100), [...known])}`;
  return `there is no ${what} ${name}${nearest}`;
}

/** Of the statement that the user wrote; DuckDB counts bytes of UTF-8. */
function characterOf({text, inserted}: QuotedStatement, byte: number): number {
  const character = Buffer.from(text).subarray(0, byte).toString().length;
  return character - inserted.filter((at) => at < character).length;
}
