import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import {openSession} from '../../src/query/run.js';
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
  `FROM query('COPY (SELECT 1) TO ''${written}''')`,
  `FROM json_execute_serialized_sql(json_serialize_sql('FROM ''${csv}'''))`,
  `FROM read_json('${csv}')`,
  `FROM read_ndjson_objects('${csv}')`,
  `FROM parquet_metadata('${csv}')`,
  `FROM read_csv('https://localhost/x.csv')`,
  `FROM 'https://localhost/x.csv'`,
  `FROM read_csv('/dev/stdin')`,
  `FROM duckdb_extensions()`,
  `SELECT getenv('HOME')`,
  `FROM enable_logging()`,
  `FROM enable_logging('QueryLog', storage := 'file', storage_path := '${written}')`,
  `FROM system.main."Enable_Logging"()`,
  `FROM enable_profiling(save_location := '${written}')`,
  `FROM disable_profiling()`,
  `FROM enable_peg_parser()`,
  `FROM truncate_duckdb_logs()`,
  `FROM force_checkpoint()`,
  `FROM arrow_scan(NULL, NULL, NULL)`,
  `FROM query('FROM ena' || 'ble_logging()')`,
  `FROM "query"('FROM events')`,
  `FROM query\u200b('FROM events')`,
  `SELECT 1 -- \rUNION ALL SELECT 2 FROM query('FROM events')`,
  `EXPLAIN ANALYZE FROM enable_logging()`,
  `COPY (SELECT 1) TO '${written}'`,
  `ATTACH '${written}' AS other`,
  `EXPORT DATABASE '${written}'`,
  `IMPORT DATABASE '${folder}'`,
  `ATTACH ':memory:' AS other`,
  `DETACH memory`,
  `USE all_traces`,
  `CALL enable_logging()`,
  `CALL pragma_version()`,
  `CHECKPOINT`,
  `SET VARIABLE x = 1`,
  `SET schema = 'all_traces'`,
  `SET errors_as_json = false`,
  `CREATE MACRO abs(x) AS 1`,
  `CREATE OR REPLACE MACRO starvation() AS TABLE SELECT 1`,
  `CREATE TEMP VIEW events AS SELECT 1`,
  `CREATE SCHEMA s`,
  `CREATE SECRET s (TYPE http)`,
  `CREATE FUNCTION f(x) AS x`,
  `COMMENT ON VIEW faults IS 'x'`,
  `PREPARE v AS SELECT 1`,
  `BEGIN`,
  `VACUUM`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `SET enable_external_access = true`,
  `SET threads = 4`,
  `RESET lock_configuration`,
  `PRAGMA threads = 4`,
  `PRAGMA version`,
  `pragma database_list`,
  `/* /* */ */ PRAGMA version`,
  `-- x\nPRAGMA version`,
  `EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1`,
  `EXPLAIN (ANALYZE) CREATE TABLE t AS SELECT 1`,
  `EXPLAIN PRAGMA version`,
  `EXPLAIN EXPLAIN SELECT 1`,
  `EXPLAIN`,
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
  '((SELECT 1))',
  'SELECT \';\' AS "a;b" -- ; c',
  'TABLE events',
  'EXPLAIN FROM events',
  'EXPLAIN ANALYZE SELECT 1',
  'EXPLAIN (FORMAT json) (SELECT 1)',
  'WITH x AS (SELECT 1) FROM x',
  'VALUES (1)',
  'DESCRIBE faults',
  'SHOW TABLES',
  'SUMMARIZE events',
  "PIVOT events ON kind IN ('fault', 'retire') USING count(*)",
])('accepted: %s', async (sql) => {
  expect(await queryText({traces: [trace], sql})).not.toBe('');
});

test('no setting tells a query where the user is at home', async () => {
  const sql = 'SELECT value FROM duckdb_settings()';
  expect(await queryText({traces: [trace], sql})).not.toContain(os.homedir());
});

test('the names of files are not told', async () => {
  const sql = `FROM sql_auto_complete('FROM ''${folder}/', max_file_suggestion_count := 100)`;
  expect(await queryText({traces: [trace], sql})).not.toContain('x.csv');
});

test('every function that DuckDB has for a FROM is known: one more may be one more way out', async () => {
  const sql = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table' ORDER BY ALL";
  await expect(await queryText({traces: [trace], sql})).toMatchFileSnapshot(
    path.join(import.meta.dirname, '../../fixtures/golden/table-functions.txt'),
  );
});

test('a file may hold several statements, each of them a SELECT', async () => {
  const several = async (sql: string) => {
    const session = await openSession({traces: [trace]});
    try {
      const rows: unknown[] = [];
      for await (const result of session.run(sql, {several: true})) {
        for await (const chunk of result.chunks()) rows.push(...chunk.rows().flat());
      }
      return rows;
    } finally {
      session.close();
    }
  };
  expect(await several("SELECT 1; -- one;\n SELECT ';'; /* ; */ SELECT $$;$$;;")).toEqual([1, ';', ';']);
  await expect(several("SELECT 1; ATTACH ':memory:' AS other")).rejects.toMatchObject({code: 'SQL_STATEMENT'});
});

test('unsafe SQL may do anything', async () => {
  const session = await openSession({traces: [trace], isUnsafe: true});
  const rows: unknown[] = [];
  const sql = `CREATE TABLE t AS SELECT count(*) AS n FROM events; COPY t TO '${written}' (FORMAT csv); SET threads = 2;
    SELECT * FROM read_csv('${written}')`;
  for await (const result of session.run(sql)) {
    for await (const chunk of result.chunks()) rows.push(...chunk.rows().flat());
  }
  session.close();
  fs.rmSync(written);
  expect(rows).toEqual([1n, 10n]);
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
