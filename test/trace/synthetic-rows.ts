import {Kind, kindTable} from '../../src/protocol/kinds.js';
import {reasonNames} from '../../src/protocol/reasons.js';
import {newRow, none, Row} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import type {Compression, TraceMetadata} from '../../src/trace/schema.js';

export const metadata: TraceMetadata = {
  format: 1,
  behaviour: 1,
  protocol: 'pnp',
  seed: 2 ** 53 - 1,
  scenario: {name: 'synthetic', description: 'ö € \u2028', tokens: 4},
};

/** Fills the register with the n-th of a fixed sequence of rows: every column is null in some, at its limits in others. */
export function fillRow(row: Float64Array, n: number): Float64Array {
  const kind = kindTable[n % kindTable.length];
  row[Row.seq] = n;
  row[Row.time] = 1_000_000_007 * n;
  row[Row.kind] = Kind[kind.name];
  row[Row.choice] = kind.role === 'event' || (kind.name === 'inuse' && n % 2 === 0) ? 0 : 1;
  row[Row.vcpu] = n % 7 === 0 ? none : n % 7 === 1 ? 65535 : n;
  row[Row.task] = n % 3 === 0 ? none : 0xffffffff - n;
  row[Row.fault] = n % 4 === 0 ? none : n;
  row[Row.cause] = n % 6 === 0 ? none : n - 1;
  row[Row.token] = n % 2 === 0 ? none : (n * 2654435761) >>> 0;
  row[Row.gpaLo] = n % 9 === 0 ? none : 0xffffffff;
  row[Row.gpaHi] = n % 9 === 0 ? none : 0xffffffff;
  row[Row.gvaLo] = n % 8 === 0 ? none : n;
  row[Row.gvaHi] = n % 8 === 0 ? none : 0x80000000 + n;
  row[Row.reason] = n % 5 === 1 ? n % reasonNames.length : none;
  row[Row.result] = n % 5 === 4 ? n % 2 : none;
  row[Row.value] = n % 3 === 1 ? 2 ** 53 - n : n % 3 === 2 ? 0 : none;
  return row;
}

export function syntheticRows(count: number): Float64Array[] {
  return Array.from({length: count}, (_, n) => fillRow(newRow(), n));
}

/** Writes rows, each a step of its own, whose state hash is (its seq, 2^32 - 1). Returns the digest. */
export function writeRows(
  path: string,
  rows: readonly Float64Array[],
  rowsPerBatch: number,
  compression: Compression = 'none',
): string {
  const writer = new TraceWriter(path, metadata, {rowsPerBatch, compression});
  for (const row of rows) {
    writer.row(row);
    writer.endStep(row[Row.seq], 0xffffffff);
  }
  return writer.finish({ended: 'until', endNs: (rows.at(-1)?.[Row.time] ?? 0) + 1});
}

/** All rows of a trace. Throws as the reader does. */
export function readRows(path: string): Float64Array[] {
  const reader = openTrace(path);
  try {
    const cursor = new RowCursor(reader);
    const rows: Float64Array[] = [];
    const row = newRow();
    while (cursor.next(row)) rows.push(row.slice());
    return rows;
  } finally {
    reader.close();
  }
}
