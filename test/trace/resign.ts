import {assert} from '../../src/base/assert.js';
import {newRow, Row} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import type {Compression, TraceEnd, TraceMetadata} from '../../src/trace/schema.js';

export interface Changes {
  /** Changes the row in place; `false` leaves it out, which a reader refuses unless later rows are renumbered too. */
  row?: (row: Float64Array) => boolean | undefined;
  /** Keys of the trace's metadata to replace. */
  metadata?: Partial<TraceMetadata>;
  end?: TraceEnd;
  /** Default: as it was. */
  compression?: Compression;
}

/**
 * Writes a whole trace again with some cells changed and every digest right, as a forger would. The hashes of the
 * engine's state stay as they were. Without changes the bytes are the same. Returns the digest.
 */
export function resignTrace(from: string, to: string, changes: Changes = {}): string {
  const reader = openTrace(from);
  try {
    const end = changes.end ?? reader.end;
    assert(end !== null, `${from} has no end`);
    const {rowsPerBatch, compression} = reader;
    const options = {rowsPerBatch, compression: changes.compression ?? compression ?? 'none'};
    const writer = new TraceWriter(to, {...reader.metadata, ...changes.metadata}, options);
    const states = new Map(reader.batches.map((batch) => [batch.stateSeq, batch.stateHash]));
    const cursor = new RowCursor(reader);
    const row = newRow();
    while (cursor.next(row)) {
      const state = states.get(row[Row.seq]);
      if (changes.row?.(row) !== false) writer.row(row);
      if (state !== undefined) writer.endStep(Number(`0x${state.slice(8)}`), Number(`0x${state.slice(0, 8)}`));
    }
    return writer.finish(end);
  } finally {
    reader.close();
  }
}
