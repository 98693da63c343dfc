import fs from 'node:fs';
import path from 'node:path';
import {expect, test, vi} from 'vitest';
import {checkTrace} from '../src/check/check-trace.js';
import {diffTraces} from '../src/diff/diff.js';
import {record} from '../src/record/record.js';
import {replay} from '../src/replay/replay.js';
import {loadScenario} from '../src/scenario/load.js';
import {openTrace} from '../src/trace/decode/open-trace.js';
import {RowCursor} from '../src/trace/decode/row-cursor.js';
import type {TraceReader} from '../src/trace/decode/trace-reader.js';
import type {Compression} from '../src/trace/schema.js';
import {temporaryFolder} from './trace/temporary-folder.js';

const folder = temporaryFolder();
const whole = path.join(folder, 'whole.arrow');
const bad = path.join(folder, 'bad.arrow');

/** Records two batches, and damages the last one in `bad`. */
async function recordDamaged(compression: Compression): Promise<void> {
  const loaded = await loadScenario('overcommit', {overrides: ['until.faults=4000']});
  const options = {limitEvents: 70_000, accessesAll: false, signal: null, onProgress: null};
  await record({...loaded, ...options, compression, output: whole});
  const reader = openTrace(whole);
  const last = reader.batches[1];
  reader.close();
  const bytes = fs.readFileSync(whole);
  bytes[last.offset + last.headerBytes + 9] ^= 1;
  fs.writeFileSync(bad, bytes);
}

const options = {signal: null, onProgress: null};
const commands: Record<string, (reader: TraceReader, other: TraceReader) => Promise<unknown>> = {
  replay: (reader) => replay(reader, options),
  check: (reader) => checkTrace(reader, options),
  'diff, damaged first': (reader, other) => diffTraces(reader, other, options),
  'diff, damaged last': (reader, other) => diffTraces(other, reader, options),
};

test.for<[Compression, boolean]>([
  ['zstd', false],
  ['none', true],
])(
  'damage at the end of a trace, compression %s: rows are worked through before it is told: %s',
  async ([compression, isLate]) => {
    await recordDamaged(compression);
    for (const [name, run] of Object.entries(commands)) {
      const reader = openTrace(bad);
      const other = openTrace(whole);
      const next = vi.spyOn(RowCursor.prototype, 'next');
      await expect(run(reader, other), name).rejects.toThrow('batch 1, column seq');
      expect(next.mock.calls.length > 0, name).toBe(isLate);
      next.mockRestore();
      other.close();
      reader.close();
    }
  },
);
