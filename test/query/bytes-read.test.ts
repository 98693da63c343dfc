import fs from 'node:fs';
import path from 'node:path';
import {afterEach, beforeAll, expect, test, vi} from 'vitest';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {layoutBody} from '../../src/trace/layout.js';
import {type ColumnName, columnNames} from '../../src/trace/schema.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

/* A query reads the columns that it names, and what verifies them: counted where the file is read. */

const trace = path.join(temporaryFolder(), 'three-batches.arrow');

beforeAll(async () => {
  const loaded = await loadScenario('overcommit', {overrides: ['until.faults=8000']});
  await record({...loaded, output: trace, limitEvents: null, accessesAll: false, signal: null, onProgress: null});
  await queryText({traces: [trace], sql: 'SELECT 1'}); // libraries are read at the first
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Bytes that are read while `act` runs, whichever file they are in that is no SQL of ours. */
async function bytesRead(act: () => unknown): Promise<number> {
  const read = vi.spyOn(fs, 'readSync');
  await act();
  const bytes = read.mock.results.reduce((sum, {value}) => sum + Number(value), 0);
  read.mockRestore();
  return bytes;
}

/** Of the columns in all batches. */
function bytesOf(names: readonly ColumnName[]): number {
  const reader = openTrace(trace);
  const bytes = reader.batches.flatMap(({rows, nullCounts}) => {
    const {columns} = layoutBody(rows, nullCounts);
    return names.map((name) => columns[columnNames.indexOf(name)].bytes);
  });
  reader.close();
  expect(reader.batches.length).toBeGreaterThan(2);
  return bytes.reduce((sum, count) => sum + count, 0);
}

test.each<[sql: string, columns: readonly ColumnName[]]>([
  ['SELECT kind, count(*) FROM events GROUP BY kind', ['kind']],
  ['SELECT count(*) FROM events', ['kind']],
  ['SELECT max(time_ns) FROM events', ['time_ns']],
  ["SELECT sum(value) FROM events WHERE kind = 'sleep' AND vcpu = 1", ['kind', 'vcpu', 'value']],
])('%s reads %j, and what opening the trace reads', async (sql, columns) => {
  const opening = await bytesRead(() => openTrace(trace).close());
  const all = await bytesRead(() => queryText({traces: [trace], sql}));
  expect(all - opening).toBe(bytesOf(columns));
  expect(opening).toBeLessThan(fs.statSync(trace).size / 50);
});
