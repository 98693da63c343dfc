import {terminalText} from '../../base/terminal-text.js';
import type {TextFormatter} from '../format.js';

/** What EXPLAIN draws, line by line. */
export function planFormatter(): TextFormatter {
  const drawing = (text: string) => text.split('\n').map((line) => terminalText(line).trimEnd());
  return {
    begin: () => '',
    rows: (rows) => `${rows.flatMap((row) => drawing(String(row[1]).trimEnd())).join('\n')}\n`,
    end: () => '',
  };
}
