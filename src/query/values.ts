import type {DuckDBType, DuckDBValue} from '@duckdb/node-api';
import {jsonText, terminalText} from '../base/terminal-text.js';

/** Types whose values are numbers, and stand at the right of a table. Enum keys of DuckDBTypeId would load DuckDB. */
const numberTypes = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|BIGNUM|DECIMAL.*)$/;

export function isNumberType(type: DuckDBType): boolean {
  return numberTypes.test(String(type));
}

/**
 * A value as JSON text. Integers and decimals are numbers with all their digits, FLOAT and DOUBLE the shortest that
 * reads back; NaN and infinities, which JSON has not, are strings, and so are dates, times and the like.
 */
export function jsonOf(value: DuckDBValue, type: string): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value, type) : `"${value}"`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (type.startsWith('DECIMAL') && !type.endsWith(']')) return String(value);
  if ('items' in value) return `[${value.items.map((item) => jsonOf(item, '')).join(',')}]`;
  if ('tag' in value) return jsonOf(value.value, '');
  if (!('entries' in value)) return jsonText(String(value));
  if (!Array.isArray(value.entries)) return jsonObject(Object.entries(value.entries));
  return jsonObject(value.entries.map((entry) => [plainText(entry.key), entry.value]));
}

/** A value as a table or a CSV file shows it, safe for a terminal; null is the empty text. */
export function textOf(value: DuckDBValue, type: string): string {
  if (value === null) return '';
  if (typeof value === 'number') return numberText(value, type);
  if (typeof value === 'bigint') return value.toString();
  return terminalText(String(value));
}

function jsonObject(entries: readonly (readonly [string, DuckDBValue])[]): string {
  return `{${entries.map(([key, value]) => `${jsonText(key)}:${jsonOf(value, '')}`).join(',')}}`;
}

function plainText(value: DuckDBValue): string {
  return value === null ? 'NULL' : String(value);
}

/** A FLOAT is read as the double nearest to it, whose digits would tell more than it holds. */
function numberText(value: number, type: string): string {
  if (type !== 'FLOAT' || !Number.isFinite(value)) return String(value);
  let digits = 1;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  return String(Number(value.toPrecision(digits)));
}
