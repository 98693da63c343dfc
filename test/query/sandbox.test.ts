import fs from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {syntheticRows, writeRows} from '../trace/synthetic-rows.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

const folder = temporaryFolder();
const trace = path.join(folder, 'apf.arrow');
const csv = path.join(folder, 'x.csv');
const written = path.join(folder, 'written');
writeRows(trace, syntheticRows(10), 10);
fs.writeFileSync(csv, 'a\n1\n');

test.for([
  `FROM read_csv('${csv}')`,
  `FROM '${csv}'`,
  `FROM read_text('${csv}')`,
  `FROM read_blob('${csv}')`,
  `FROM read_parquet('${csv}')`,
  `FROM glob('${folder}/*')`,
  `FROM sniff_csv('${csv}')`,
  `FROM query('FROM read_csv(''${csv}'')')`,
  `FROM query_table('${csv}')`,
  `COPY (SELECT 1) TO '${written}'`,
  `ATTACH '${written}' AS other`,
  `EXPORT DATABASE '${written}'`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `SET enable_external_access = true`,
  `SET threads = 4`,
  `RESET lock_configuration`,
  `PRAGMA threads = 4`,
  `PRAGMA enable_profiling`,
  `CREATE TABLE t AS SELECT 1`,
  `CREATE OR REPLACE VIEW faults AS SELECT 1`,
  `DROP VIEW faults`,
  `DELETE FROM all_traces.traces`,
  `SELECT 1; SELECT 2`,
  `SELECT 1; COPY (SELECT 1) TO '${written}'`,
  `SELECT $1`,
  ``,
  `-- nothing`,
])('refused: %s', async (sql) => {
  await expect(queryText({traces: [trace], sql})).rejects.toMatchObject({exitCode: 2});
  expect(fs.readdirSync(folder).sort()).toEqual(['apf.arrow', 'x.csv']);
});

test.for([
  'FROM events',
  'SELECT 1;',
  'WITH x AS (SELECT 1) FROM x',
  'VALUES (1)',
  'DESCRIBE faults',
  'SHOW TABLES',
  'SUMMARIZE events',
  "PIVOT events ON kind IN ('fault', 'retire') USING count(*)",
])('accepted: %s', async (sql) => {
  expect(await queryText({traces: [trace], sql})).not.toBe('');
});

test("an error is DuckDB's own text, which points into the SQL", async () => {
  const sql = 'SELECT fault,\n  latenzy_ns FROM faults';
  await expect(queryText({traces: [trace], sql})).rejects.toMatchObject({
    code: 'SQL_ERROR',
    exitCode: 2,
    message: expect.stringMatching(/latenzy_ns(.|\n)*LINE 2:(.|\n)*\^/),
  });
  await expect(queryText({traces: [trace], sql: 'PIVOT events ON kind USING count(*)'})).rejects.toMatchObject({
    message: expect.stringMatching(/IN/),
  });
  await expect(queryText({traces: [trace], sql: 'SELEC 1'})).rejects.toMatchObject({
    message: expect.stringMatching(/^Parser Error/),
  });
  await expect(queryText({traces: [trace], sql: "SELECT error('stop') FROM events"})).rejects.toMatchObject({
    code: 'SQL_ERROR',
  });
});

test('a query that needs too much memory fails', async () => {
  const sql = 'SELECT count(*) FROM (SELECT DISTINCT a.range, b.range FROM range(10000) a, range(10000) b)';
  await expect(queryText({traces: [trace], sql, memoryBytes: 64 * 2 ** 20})).rejects.toMatchObject({
    code: 'SQL_MEMORY',
    exitCode: 75,
  });
});

test('a missing trace is told as such', async () => {
  const traces = [path.join(folder, 'none.arrow')];
  await expect(queryText({traces, sql: 'SELECT 1'})).rejects.toMatchObject({code: 'TRACE_MISSING', exitCode: 66});
});
