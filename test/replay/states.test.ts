import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {newRow, Row} from '../../src/protocol/row.js';
import {record} from '../../src/record/record.js';
import {replay} from '../../src/replay/replay.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import type {TraceEnd} from '../../src/trace/schema.js';
import {resignTrace} from '../trace/resign.js';
import {temporaryFolder} from '../trace/temporary-folder.js';

const folder = temporaryFolder();
const recorded = join(folder, 'recorded.arrow');
const forged = join(folder, 'forged.arrow');

beforeAll(async () => {
  const loaded = await loadScenario('token-starvation', {overrides: ['until.faults=100']});
  const options = {limitEvents: null, accessesAll: false, signal: null, onProgress: null};
  await record({...loaded, ...options, output: recorded});
});

/** The same rows, with a state hash of nobody's after one row; batches of `rowsPerBatch`. */
function forgeState(seq: number, rowsPerBatch: number): void {
  const reader = openTrace(recorded);
  const writer = new TraceWriter(forged, reader.metadata, {rowsPerBatch});
  const row = newRow();
  for (const cursor = new RowCursor(reader); cursor.next(row); ) {
    writer.row(row);
    if (row[Row.seq] === seq) writer.endStep(1, 2);
  }
  writer.finish(reader.end as TraceEnd);
  reader.close();
}

async function replayForged() {
  const reader = openTrace(forged);
  try {
    return await replay(reader, {signal: null, onProgress: null});
  } finally {
    reader.close();
  }
}

// Whether row 500 to 509 ends a step or stands inside one: a state that is not the engine's is found.
test.for([500, 501, 502, 503, 504, 505, 506, 507, 508, 509])(
  'a wrong state after row %i is a difference',
  async (seq) => {
    forgeState(seq, 65_536);
    expect((await replayForged()).difference?.what).toBe('state');
  },
);

test('a wrong state that several batches carry is a difference', async () => {
  forgeState(10, 64);
  expect((await replayForged()).difference?.what).toBe('state');
});

test('a trace of a protocol that apf does not know is refused by name', async () => {
  resignTrace(recorded, forged, {metadata: {protocol: 'apf-arm64'}});
  await expect(replayForged()).rejects.toMatchObject({code: 'TRACE_PROTOCOL', exitCode: 65});
});
