import path from 'node:path';
import {beforeAll, expect, test, vi} from 'vitest';
import {KeptBatches} from '../../src/query/kept-batches.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {ColumnMemory} from '../../src/trace/decode/column-memory.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import type {TraceReader} from '../../src/trace/decode/trace-reader.js';
import type {ColumnName} from '../../src/trace/schema.js';
import {temporaryFolder} from '../trace/temporary-folder.js';

let reader: TraceReader;

beforeAll(async () => {
  const output = path.join(temporaryFolder(), 'two-batches.arrow');
  const loaded = await loadScenario('token-starvation', {overrides: ['until.faults=6000']});
  await record({...loaded, output, limitEvents: null, accessesAll: false, signal: null, onProgress: null});
  reader = openTrace(output);
  return () => reader.close();
});

/** Scans all batches; returns the numbers of those that were read from the file, and the sum of the first column. */
function scan(kept: KeptBatches, columns: readonly ColumnName[]): {read: number[]; sum: number} {
  const readBatch = vi.spyOn(reader, 'readBatch');
  const memory = new ColumnMemory();
  let sum = 0;
  for (const {index} of kept.batches) {
    for (const value of kept.readBatch(index, columns, memory).column(columns[0]).values) sum += Number(value);
  }
  const read = readBatch.mock.calls.map(([index]) => index);
  readBatch.mockRestore();
  return {read, sum};
}

test('the second scan of the same columns keeps what it reads, and the third reads nothing', () => {
  const kept = new KeptBatches(reader, 2 ** 26);
  const scans = [1, 2, 3].map(() => scan(kept, ['value']));
  expect(scans.map(({read}) => read)).toEqual([[0, 1], [0, 1], []]);
  expect(new Set(scans.map(({sum}) => sum)).size).toBe(1);
  expect(scans[0].sum).toBeGreaterThan(0);
});

test('columns that are verified together are read together, whatever is kept of each', () => {
  const kept = new KeptBatches(reader, 2 ** 26);
  for (const columns of [['kind'], ['kind'], ['choice'], ['choice']] as const) scan(kept, columns);
  expect(scan(kept, ['kind', 'choice']).read).toEqual([0, 1]);
});

test('a scan that ended early has read only what it has asked for', () => {
  const kept = new KeptBatches(reader, 2 ** 26);
  kept.readBatch(0, ['seq'], new ColumnMemory());
  scan(kept, ['seq']);
  expect(scan(kept, ['seq']).read).toEqual([1]);
  expect(scan(kept, ['seq']).read).toEqual([]);
});

test('no more is kept than there is room for, and other columns take its place', () => {
  const kept = new KeptBatches(reader, 1);
  const scans = [1, 2, 3].map(() => scan(kept, ['time_ns']));
  expect(scans.map(({read}) => read)).toEqual([[0, 1], [0, 1], [1]]);
  scan(kept, ['seq']);
  expect(scan(kept, ['time_ns']).read).toEqual([1]);
  scan(kept, ['seq']);
  expect(scan(kept, ['seq']).read).toEqual([1]);
  expect(scan(kept, ['time_ns']).sum).toBe(scans[0].sum);
});
