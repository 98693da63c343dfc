import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {isNumberType, textOf} from '../values.js';

/** Loads what tells how wide a text is on a terminal. */
export const loadWidths = () => import('string-width');

/** Most texts are plain: each character takes one place. */
const plain = /^[\x20-\x7e]*$/;

/** A box for a terminal, without colours: numbers to the right, NULL as `NULL`. Its rows are in memory until the end. */
export async function tableFormatter(columns: readonly QueryColumn[]): Promise<TextFormatter> {
  const {default: stringWidth} = await loadWidths();
  const widthOf = (text: string) => (plain.test(text) ? text.length : stringWidth(text));
  const types = columns.map((column) => String(column.type));
  const isRight = columns.map((column) => isNumberType(column.type));
  const head = columns.map((column) => terminalText(column.name));
  const widths = head.map(widthOf);
  const body: string[][] = [];
  const line = (cells: readonly string[], right: readonly boolean[]) => {
    const padded = cells.map((text, i) => {
      const space = ' '.repeat(widths[i] - widthOf(text));
      return right[i] ? space + text : text + space;
    });
    return `│ ${padded.join(' │ ')} │\n`;
  };
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`;
  return {
    begin: () => '',
    rows: (rows) => {
      for (const row of rows) {
        const cells = row.map((value, i) => (value === null ? 'NULL' : textOf(value, types[i])));
        for (const [i, text] of cells.entries()) widths[i] = Math.max(widths[i], widthOf(text));
        body.push(cells);
      }
      return '';
    },
    end: () => {
      const middle = body.length > 0 ? rule('├', '┼', '┤') : '';
      const lines = body.map((cells) => line(cells, isRight)).join('');
      return rule('┌', '┬', '┐') + line(head, isRight) + middle + lines + rule('└', '┴', '┘');
    },
  };
}
