import type {DuckDBConnection, DuckDBPreparedStatement} from '@duckdb/node-api';
import {ApfError} from '../base/errors.js';
import type {DuckDB} from './columns.js';
import type {SqlStatement, SqlToken} from './sql-text.js';

/** What a statement that only reads begins with. PRAGMA and CALL can name what DuckDB takes for a SELECT. */
const selectWords = new Set(
  'select from with values table describe desc show summarize pivot pivot_wider unpivot pivot_longer'.split(' '),
);

/**
 * Functions that a SELECT can call and that do more than read: they change settings, whatever is locked, run text as
 * SQL, or take addresses.
 */
const acts = [
  'arrow_scan',
  'checkpoint',
  'disable_logging',
  'disable_peg_parser',
  'disable_profiling',
  'enable_logging',
  'enable_peg_parser',
  'enable_profiling',
  'json_execute_serialized_sql',
  'truncate_duckdb_logs',
];

/**
 * Prepares a statement in the sandbox, where only a SELECT, or EXPLAIN of one, is allowed.
 * Throws usage SQL_STATEMENT; what DuckDB throws.
 */
export async function prepareSelect(
  duckdb: DuckDB,
  connection: DuckDBConnection,
  statement: SqlStatement,
): Promise<DuckDBPreparedStatement> {
  refuseActs(statement);
  const explained = explainedPart(statement);
  const read = explained ?? statement;
  const first = read.tokens.find((token) => token.text !== '(');
  if (first === undefined || !isWord(first, ...selectWords)) throw await notSelect(connection, read);
  // What it says of a place is to be one in the whole statement.
  const prepared = await prepareOne(connection, ' '.repeat(read.start - statement.start) + read.text);
  if (prepared.statementType !== duckdb.StatementType.SELECT) {
    throw notOneSelect(duckdb.StatementType[prepared.statementType] ?? 'another');
  }
  if (explained === null) return prepared;
  prepared.destroySync();
  return prepareOne(connection, statement.text);
}

/**
 * The names are looked for in strings and comments too, so that nothing depends on where DuckDB sees these end; `query`
 * is too common a word for that. DuckDB takes some characters beyond ASCII for spaces.
 */
function refuseActs({text, tokens}: SqlStatement): void {
  const lower = text.toLowerCase();
  const act = acts.find((name) => lower.includes(name));
  const isQuery = ({kind, text: name}: SqlToken) =>
    (kind === 'word' || kind === 'quoted') && name.toLowerCase().replaceAll(/[^a-z_0-9]/g, '') === 'query';
  if (act !== undefined || tokens.some(isQuery)) throw notOneSelect(act ?? 'query');
}

export function notOneSelect(found: string, suggestion = 'apf query --unsafe … (for SQL of your own)'): ApfError {
  return new ApfError('usage', 'SQL_STATEMENT', `SQL: found ${found}, expected one SELECT`, [suggestion]);
}

async function prepareOne(connection: DuckDBConnection, text: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(text);
  if (statements.count !== 1) {
    // DuckDB makes a PIVOT without its values two statements: the first finds the values.
    const hint = /\bpivot\b/i.test(text) ? ' (a PIVOT is one only with its values: ON kind IN (…))' : '';
    throw notOneSelect(`${statements.count} statements${hint}`);
  }
  return statements.prepare(0);
}

/** A word that begins no statement at all is a slip of the pen, at which DuckDB's own error points. */
async function notSelect(connection: DuckDBConnection, {text, tokens}: SqlStatement): Promise<ApfError> {
  await connection.extractStatements(text);
  return notOneSelect(tokens.find((token) => token.text !== '(')?.text.toUpperCase() ?? 'nothing');
}

/** What follows EXPLAIN, ANALYZE and their options; null when it is no EXPLAIN. */
export function explainedPart({text, start, tokens}: SqlStatement): SqlStatement | null {
  if (!isWord(tokens[0], 'explain')) return null;
  let next = 1;
  while (isWord(tokens[next], 'analyze', 'analyse', 'verbose')) next++;
  if (tokens[next]?.text === '(' && isWord(tokens[next + 1], 'format', 'analyze', 'analyse', 'verbose')) {
    while (next < tokens.length && tokens[next].text !== ')') next++;
    next++;
  }
  const rest = tokens.slice(next);
  if (rest.length === 0) return {text: '', start, tokens: []};
  return {text: text.slice(rest[0].start - start), start: rest[0].start, tokens: rest};
}

function isWord(token: SqlToken | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toLowerCase());
}
