import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';
import type {QueryColumn} from '../result.js';
import {isNumberType, textOf} from '../values.js';

/** Most texts are plain: each character takes one place. */
const plain = /^[\x20-\x7e]*$/;

/** A box for a terminal, without colours: numbers to the right, NULL as `NULL`. Its rows are in memory until the end. */
export function tableFormatter(columns: readonly QueryColumn[]): TextFormatter {
  const types = columns.map((column) => String(column.type));
  const isRight = columns.map((column) => isNumberType(column.type));
  const head = columns.map((column) => terminalText(column.name));
  const body: string[][] = [];
  return {
    begin: () => '',
    rows: (rows) => {
      for (const row of rows) body.push(row.map((value, i) => (value === null ? 'NULL' : textOf(value, types[i]))));
      return '';
    },
    end: async () => {
      const widthOf = await widthsOf([head, ...body]);
      const widths = head.map((name, i) =>
        body.reduce((width, cells) => Math.max(width, widthOf(cells[i])), widthOf(name)),
      );
      const line = (cells: readonly string[], right: readonly boolean[]) => {
        const padded = cells.map((text, i) => {
          const space = ' '.repeat(widths[i] - widthOf(text));
          return right[i] ? space + text : text + space;
        });
        return `│ ${padded.join(' │ ')} │\n`;
      };
      const rule = (left: string, middle: string, right: string) =>
        `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`;
      const middle = body.length > 0 ? rule('├', '┼', '┤') : '';
      const lines = body.map((cells) => line(cells, isRight)).join('');
      return rule('┌', '┬', '┐') + line(head, isRight) + middle + lines + rule('└', '┴', '┘');
    },
  };
}

/** How many places a text takes; what knows that of all of Unicode takes long to load, and is seldom needed. */
async function widthsOf(table: readonly (readonly string[])[]): Promise<(text: string) => number> {
  if (table.every((cells) => cells.every((text) => plain.test(text)))) return (text) => text.length;
  const {default: stringWidth} = await import('string-width');
  return (text) => (plain.test(text) ? text.length : stringWidth(text));
}
