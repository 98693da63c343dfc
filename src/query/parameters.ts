import type {DuckDBPreparedStatement, DuckDBType, DuckDBValue} from '@duckdb/node-api';
import {closest} from 'fastest-levenshtein';
import {readDuration} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import type {DuckDB} from './columns.js';
import type {SqlToken} from './sql-text.js';

/** Values of parameters as the user wrote them, by name without the `$`. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Looks whether each parameter of the statements has a value, and each value a parameter, before the first of them runs.
 * @throws ApfError usage SQL_PARAMETER
 */
export function checkParameters(statements: readonly (readonly SqlToken[])[], parameters: Parameters): void {
  const used = new Set(statements.flatMap(parametersOf));
  const given = new Set([...parameters.keys()].map((name) => name.toLowerCase()));
  for (const name of used) {
    if (!given.has(name)) throw parameterError(`found $${name} without a value, expected -p ${name}=…`);
  }
  for (const name of given) {
    if (used.has(name)) continue;
    const nearest = used.size === 0 ? 'the SQL has none' : `the nearest is ${closest(name, [...used])}`;
    throw parameterError(`-p ${name}: there is no parameter $${name}; ${nearest}`);
  }
}

/** What follows a `$`, in lower case. */
function parametersOf(tokens: readonly SqlToken[]): string[] {
  return tokens.flatMap(({text, start}, index) => {
    const next = tokens[index + 1];
    const isName = text === '$' && next?.start === start + 1 && (next.kind === 'word' || next.kind === 'number');
    return isName ? [next.text.toLowerCase()] : [];
  });
}

/**
 * Gives a statement the values of its parameters.
 * @throws ApfError usage SQL_PARAMETER when it uses one that has no value
 */
export function bindParameters(duckdb: DuckDB, statement: DuckDBPreparedStatement, parameters: Parameters): void {
  for (let index = 1; index <= statement.parameterCount; index++) {
    const name = statement.parameterName(index);
    const given = [...parameters].find(([key]) => key.toLowerCase() === name.toLowerCase());
    if (given === undefined) {
      throw parameterError(`found $${name} without a value, expected -p ${name}=…`);
    }
    const {value, type} = readValue(duckdb, given[1]);
    statement.bindValue(index, value, type);
  }
}

function parameterError(message: string): ApfError {
  return new ApfError('usage', 'SQL_PARAMETER', `SQL: ${message}`);
}

/**
 * What a text on the command line stands for: a number in decimal or with 0x, a time such as 1.5ms as its nanoseconds,
 * true, false, null, else the text itself; 'in quotes' it is a text in any case.
 */
function readValue(duckdb: DuckDB, text: string): {value: DuckDBValue; type: DuckDBType} {
  if (/^([+-]?\d+|0x[0-9a-f]+)$/i.test(text)) return {value: BigInt(text), type: integerType(duckdb, BigInt(text))};
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return {value: Number(text), type: duckdb.DOUBLE};
  if (/^(true|false)$/i.test(text)) return {value: text.toLowerCase() === 'true', type: duckdb.BOOLEAN};
  if (/^null$/i.test(text)) return {value: null, type: duckdb.SQLNULL};
  const duration = readDuration(text);
  if ('ns' in duration) return {value: BigInt(duration.ns), type: duckdb.BIGINT};
  const quoted = /^'([\s\S]*)'$/.exec(text);
  return {value: quoted === null ? text : quoted[1].replaceAll("''", "'"), type: duckdb.VARCHAR};
}

/** Signed where it fits, so that differences below zero are no error. */
function integerType(duckdb: DuckDB, value: bigint): DuckDBType {
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return duckdb.BIGINT;
  if (value > 0n && value < 2n ** 64n) return duckdb.UBIGINT;
  if (value >= -(2n ** 127n) && value < 2n ** 127n) return duckdb.HUGEINT;
  throw parameterError(`found ${value}, expected an integer of at most 128 bits`);
}
