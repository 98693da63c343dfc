import type {DuckDBValue} from '@duckdb/node-api';
import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {isNumberType, textOf} from '../values.js';

/** Characters that Markdown, or HTML in it, reads as more than themselves. */
const marks = /[\\`*_{}[\]<>#|~&$]/g;

/** A table of GitHub's Markdown: numbers to the right, NULL as the empty cell. A cell shows as the text it holds. */
export function markdownFormatter(columns: readonly QueryColumn[]): TextFormatter {
  const types = columns.map((column) => String(column.type));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const cell = (value: DuckDBValue, i: number) => {
    const text = textOf(value, types[i]);
    return isNumberType(columns[i].type) ? text : plain(text);
  };
  return {
    begin: () =>
      line(columns.map((column) => plain(terminalText(column.name)))) +
      line(columns.map((column) => (isNumberType(column.type) ? '--:' : ':--'))),
    rows: (rows) => rows.map((row) => line(row.map(cell))).join(''),
    end: () => '',
  };
}

/** An underscore inside a word marks nothing, and names of columns and kinds read better without a backslash. */
function plain(text: string): string {
  return /^\w*$/.test(text) && !/^_|_$/.test(text) ? text : text.replace(marks, '\\$&');
}
