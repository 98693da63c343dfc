import {ApfError} from '../../src/base/errors.js';
import {checkTrace} from '../../src/check/check-trace.js';
import {diffTraces} from '../../src/diff/diff.js';
import {newRow} from '../../src/protocol/row.js';
import {replay} from '../../src/replay/replay.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import type {TraceReader} from '../../src/trace/decode/trace-reader.js';
import type {Base, Case} from './cases.js';

/** What reads a trace, beside what is judged row by row. */
const readers: Readonly<Record<string, (reader: TraceReader) => Promise<unknown>>> = {
  replay: (reader) => replay(reader, {signal: null, onProgress: null}),
  check: (reader) => checkTrace(reader, {signal: null, onProgress: null}),
  verify: async (reader) => reader.verify(),
  diff: (reader) => diffTraces(reader, reader, {onProgress: null}),
};

/** Opens and reads a case in every way. @returns what is wrong with how that went; null: nothing */
export async function judge(file: string, {isSigned}: Case, bases: readonly Base[]): Promise<string | null> {
  const wrongRow = isSigned ? await badDataOrNothing('rows', () => readRows(file)) : await wrongRows(file, bases);
  if (wrongRow !== null) return wrongRow;
  for (const [name, read] of Object.entries(readers)) {
    const wrong = await badDataOrNothing(name, async () => {
      const reader = openTrace(file);
      try {
        await read(reader);
      } finally {
        reader.close();
      }
    });
    if (wrong !== null) return wrong;
  }
  return null;
}

async function readRows(file: string): Promise<void> {
  const reader = openTrace(file);
  try {
    const cursor = new RowCursor(reader);
    const row = newRow();
    while (cursor.next(row));
  } finally {
    reader.close();
  }
}

/** Rows that were never written by the recording of any base, of a file whose digests nobody made anew. */
function wrongRows(file: string, bases: readonly Base[]): Promise<string | null> {
  return badDataOrNothing('rows', async () => {
    const reader = openTrace(file);
    try {
      const cursor = new RowCursor(reader);
      const row = newRow();
      let possible = bases;
      for (let seq = 0; cursor.next(row); seq++) {
        possible = possible.filter(
          ({rows}) => seq < rows.length && rows[seq].every((cell, i) => Object.is(cell, row[i])),
        );
        if (possible.length === 0) throw new Error(`row ${seq} is none that was recorded`);
      }
    } finally {
      reader.close();
    }
  });
}

/** Runs something that may say that the data are bad, and nothing else. */
async function badDataOrNothing(name: string, run: () => Promise<unknown>): Promise<string | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof ApfError && error.kind === 'badData') return null;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${name}: ${text}`;
  }
}
