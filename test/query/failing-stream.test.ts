import fs from 'node:fs';
import path from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {queryFormats} from '../../src/query/format-names.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

/* A query that fails when some of its rows have gone out already: DuckDB gives an end then, and no error. */

const folder = temporaryFolder();
const whole = path.join(folder, 'whole.arrow');
const damaged = path.join(folder, 'damaged.arrow');

beforeAll(async () => {
  const loaded = await loadScenario('overcommit', {overrides: []});
  await record({...loaded, output: whole, limitEvents: 250_000, accessesAll: false, signal: null, onProgress: null});
  const bytes = fs.readFileSync(whole);
  const reader = openTrace(whole);
  const {offset, headerBytes} = reader.batches[3];
  reader.close();
  bytes[offset + headerBytes] ^= 1; // of seq
  fs.writeFileSync(damaged, bytes);
});

describe.for([
  ['rows', false],
  ['lists', true],
] as const)('as %s', ([, asLists]) => {
  test.for(queryFormats)('a batch that is damaged is told in %s', async (format) => {
    const query = queryText({traces: [damaged], sql: 'SELECT seq FROM events', asLists}, format, {
      folder,
      maxRows: 1e6,
    });
    await expect(query).rejects.toMatchObject({code: 'TRACE_DIGEST', exitCode: 65});
  });

  test.for([
    ['SELECT seq, kind FROM events', 'TRACE_DIGEST'],
    ['FROM events LIMIT 240000', 'TRACE_DIGEST'],
    ['SELECT trace, seq FROM events', 'TRACE_DIGEST'],
  ])('%s', async ([sql, code]) => {
    const traces = sql.includes('trace') ? [damaged, whole] : [damaged];
    await expect(queryText({traces, sql, asLists})).rejects.toMatchObject({code});
  });

  test('what the SQL throws at a late row is told', async () => {
    const sql = "SELECT CASE WHEN seq = $n THEN error('boom') ELSE seq END FROM events";
    const parameters = new Map([['n', '240000']]);
    const query = queryText({traces: [whole], sql, parameters, asLists});
    await expect(query).rejects.toMatchObject({code: 'SQL_ERROR', message: expect.stringContaining('boom')});
    const cast = "SELECT CAST(CASE WHEN seq = 240000 THEN 'x' ELSE '1' END AS INTEGER) FROM events";
    await expect(queryText({traces: [whole], sql: cast, asLists})).rejects.toMatchObject({code: 'SQL_ERROR'});
  });
});

test('SQL that is not safe is told too', async () => {
  const sql = "SELECT CASE WHEN seq = 240000 THEN error('boom') ELSE seq END FROM events";
  await expect(queryText({traces: [whole], sql, isUnsafe: true})).rejects.toThrow('boom');
});

test('a query that does not fail gives all its rows', async () => {
  const lines = (await queryText({traces: [whole], sql: 'SELECT seq FROM events'})).split('\n');
  expect([lines.length, lines.at(-2)]).toEqual([250_002, '249999']);
});
