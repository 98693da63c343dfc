import type {DuckDBValue} from '@duckdb/node-api';
import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {textOf} from '../values.js';

/** Tabs between the fields and no quotes: a tab or line feed in a text is `\t` or `\n`. NULL is the empty field. */
export function tsvFormatter(columns: readonly QueryColumn[]): TextFormatter {
  const types = columns.map((column) => String(column.type));
  const line = (row: readonly DuckDBValue[]) => `${row.map((value, i) => textOf(value, types[i])).join('\t')}\n`;
  return {
    begin: () => `${columns.map((column) => terminalText(column.name)).join('\t')}\n`,
    rows: (rows) => rows.map(line).join(''),
    end: () => '',
  };
}
