import {Row} from '../protocol/row.js';
import {differingColumns, rowText} from './row-text.js';

/**
 * Two stretches of rows, one above the other as diff -u has them: what is equal once, what is not as `-` (of a) and `+`
 * (of b), with the names of the columns that differ.
 */
export function rowDiffLines(a: readonly Float64Array[], b: readonly Float64Array[]): string[] {
  const left = bySeq(a);
  const right = bySeq(b);
  const seqs = [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y);
  return seqs.flatMap((seq) => pairLines(left.get(seq), right.get(seq)));
}

function bySeq(rows: readonly Float64Array[]): Map<number, Float64Array> {
  return new Map(rows.map((row) => [row[Row.seq], row]));
}

function pairLines(a: Float64Array | undefined, b: Float64Array | undefined): string[] {
  if (a === undefined || b === undefined) {
    return [a, b].flatMap((row, side) => (row === undefined ? [] : [`${side === 0 ? '-' : '+'} ${rowText(row)}`]));
  }
  const columns = differingColumns(a, b);
  if (columns.length === 0) return [`  ${rowText(a)}`];
  return [`- ${rowText(a)}`, `+ ${rowText(b)}`, `?           differs: ${columns.join(', ')}`];
}
