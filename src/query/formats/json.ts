import type {DuckDBValue} from '@duckdb/node-api';
import {jsonText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {jsonOf} from '../values.js';

/** One array, one row object a line. */
export function jsonFormatter(columns: readonly QueryColumn[]): TextFormatter {
  const objectOf = rowWriter(columns);
  let first = true;
  return {
    begin: () => '[',
    rows: (rows) => {
      const text = (first ? '\n' : ',\n') + rows.map(objectOf).join(',\n');
      first = false;
      return text;
    },
    end: () => (first ? ']\n' : '\n]\n'),
  };
}

/** One row object a line. */
export function ndjsonFormatter(columns: readonly QueryColumn[]): TextFormatter {
  const objectOf = rowWriter(columns);
  return {
    begin: () => '',
    rows: (rows) => rows.map((row) => `${objectOf(row)}\n`).join(''),
    end: () => '',
  };
}

function rowWriter(columns: readonly QueryColumn[]): (row: readonly DuckDBValue[]) => string {
  const keys = columns.map((column, index) => `${index === 0 ? '' : ','}${jsonText(column.name)}:`);
  const types = columns.map((column) => String(column.type));
  return (row) => `{${row.map((value, index) => keys[index] + jsonOf(value, types[index])).join('')}}`;
}
