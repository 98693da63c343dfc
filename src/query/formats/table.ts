import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {isNumberType, textOf} from '../values.js';

export const loadTable = () => import('cli-table3');

/** A box for a terminal, without colours: numbers to the right, NULL as `NULL`. Its rows are in memory until the end. */
export async function tableFormatter(columns: readonly QueryColumn[]): Promise<TextFormatter> {
  const {default: Table} = await loadTable();
  const types = columns.map((column) => String(column.type));
  const table = new Table({
    head: columns.map((column) => terminalText(column.name)),
    colAligns: columns.map((column) => (isNumberType(column.type) ? 'right' : 'left')),
    style: {head: [], border: [], compact: true},
  });
  return {
    begin: () => '',
    rows: (rows) => {
      for (const row of rows) table.push(row.map((value, i) => (value === null ? 'NULL' : textOf(value, types[i]))));
      return '';
    },
    end: () => `${table.toString()}\n`,
  };
}
