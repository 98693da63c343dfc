import path from 'node:path';
import {DuckDBConnection} from '@duckdb/node-api';
import {beforeAll, expect, test, vi} from 'vitest';
import {macroTable} from '../../src/query/macros.js';
import {openSession} from '../../src/query/run.js';
import {viewNames} from '../../src/query/views.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {TraceReader} from '../../src/trace/decode/trace-reader.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

/* Rows that come to DuckDB as lists, a batch at a time, and rows that come 2048 at a time: the answers are the same. */

const trace = path.join(temporaryFolder(), 'two-batches.arrow');

beforeAll(async () => {
  const overrides = ['until.faults=6000', 'host.failures.rate=0.01', 'host.recovery=exception'];
  const loaded = await loadScenario('token-starvation', {overrides});
  await record({...loaded, output: trace, limitEvents: null, accessesAll: false, signal: null, onProgress: null});
});

const macroCalls = {
  followed_by: "FROM followed_by('fault', 'delivery')",
  never_followed_by: "FROM never_followed_by('fault', 'delivery')",
  between: "FROM between('fault', 'retire', same := 'vcpu')",
  hist: 'SELECT hist(time_ns) FROM events',
};

const questions: readonly string[] = [
  ...viewNames.filter((name) => name !== 'trace_problems').map((name) => `FROM ${name}`),
  ...macroTable.filter(({isPublic}) => isPublic).map(({name}) => macroCalls[name as keyof typeof macroCalls]),
  'SELECT count(*) FROM events',
  'SELECT typeof(time_ns), typeof(kind), typeof(gpa), seq FROM events LIMIT 1',
  'SELECT max(CASE WHEN false THEN time_ns ELSE vcpu END * 2000000000) FROM events',
  'SELECT typeof(time_ns) FROM (SELECT time_ns FROM events WHERE false UNION ALL (SELECT vcpu FROM events LIMIT 1))',
  'SELECT 1',
  'FROM events LIMIT 3 OFFSET 66000',
  'SELECT events FROM events WHERE seq = 70000',
  'SUMMARIZE SELECT seq, kind, value FROM events',
  'DESCRIBE events',
  "SELECT COLUMNS('.*_ns') FROM events ORDER BY seq DESC LIMIT 5",
  'SELECT * EXCLUDE (seq, time_ns) FROM events WHERE value IS NOT NULL LIMIT 100',
  'SELECT a.seq, b.kind FROM events a JOIN events b ON a.cause = b.seq WHERE a.token = 3 ORDER BY a.seq',
  'SELECT seq, (SELECT count(*) FROM events f WHERE f.fault = e.seq) FROM events e WHERE kind = $kind LIMIT 50',
  'SELECT DISTINCT vcpu, task FROM events NATURAL JOIN (SELECT seq, gva FROM events WHERE gva IS NOT NULL)',
  'WITH e AS MATERIALIZED (FROM events) SELECT max(seq), (SELECT min(time_ns) FROM e) FROM e',
  'SELECT kind, lag(time_ns) OVER (PARTITION BY task ORDER BY seq) FROM events QUALIFY row_number() OVER () < 40',
  'SELECT seq FROM events UNION ALL SELECT fault FROM faults',
  'SELECT unnest([seq, cause]) FROM events WHERE token = 1 LIMIT 20',
  'SELECT e.seq, n.seq FROM events e ASOF JOIN events n ON e.task = n.task AND e.seq > n.seq WHERE e.seq < 5000',
];

test.for(questions)('%s', async (sql) => {
  const parameters = sql.includes('$kind') ? new Map([['kind', 'fault']]) : new Map();
  const [rows, lists] = await Promise.all(
    [false, true].map((asLists) => queryText({traces: [trace], sql, parameters, asLists})),
  );
  expect(lists).toBe(rows);
  expect(rows.length).toBeGreaterThan(1);
});

test('lists that there is no memory for are a limit reached, and no bug', async () => {
  const sql = 'SELECT kind, max(seq), max(time_ns), max(fault), max(value) FROM events GROUP BY kind';
  const refused = queryText({traces: [trace], sql, asLists: true, memoryBytes: 2 ** 20});
  await expect(refused).rejects.toMatchObject({code: 'SQL_MEMORY', exitCode: 75});
});

test('a batch is asked for once by each scan, and the one after it while DuckDB is at work', async () => {
  const read = vi.spyOn(TraceReader.prototype, 'readBatch');
  await queryText({traces: [trace], sql: 'SELECT kind, count(*) FROM events GROUP BY kind', asLists: true});
  const asked = read.mock.calls.map(([index, columns]) => [index, columns]);
  read.mockRestore();
  expect(asked).toEqual([
    [0, ['kind']],
    [1, ['kind']],
  ]);
});

test('the statements of a file each read their own columns', async () => {
  const session = await openSession({traces: [trace], asLists: true});
  const read = vi.spyOn(TraceReader.prototype, 'readBatch');
  const sql = 'SELECT max(seq) FROM events; SELECT sum(value) FROM events; SELECT count(*) FROM faults';
  for await (const result of session.run(sql, {several: true})) {
    for await (const chunk of result.chunks()) expect(chunk.rowCount).toBe(1);
  }
  const columns = [...new Set(read.mock.calls.map(([, names]) => names.join(' ')))];
  read.mockRestore();
  session.close();
  expect(columns.slice(0, 2)).toEqual(['seq', 'value']);
  expect(columns.length).toBeGreaterThan(2);
});

test('a question that is asked again is planned once, with other values anew', async () => {
  const session = await openSession({traces: [trace], asLists: true});
  const plans = vi.spyOn(DuckDBConnection.prototype, 'prepare');
  const ask = async (kind: string) => {
    plans.mockClear();
    const rows: unknown[] = [];
    const sql = "SELECT max(seq), count(value) FILTER ($kind = 'retire') FROM events WHERE kind = $kind";
    for await (const result of session.run(sql, {parameters: new Map([['kind', kind]])})) {
      for await (const chunk of result.chunks()) rows.push(...chunk.rows());
    }
    return {rows, plans: plans.mock.calls.length};
  };
  const [fault, again, retire] = [await ask('fault'), await ask('fault'), await ask('retire')];
  const between = await ask('fault');
  plans.mockRestore();
  session.close();
  expect([fault, again, retire, between].map((answer) => answer.plans)).toEqual([2, 0, 2, 2]);
  expect(again.rows).toEqual(fault.rows);
  expect(between.rows).toEqual(fault.rows);
  expect(retire.rows).not.toEqual(fault.rows);
});

test('a question is asked again that was not read to its end, and one that fails', async () => {
  const session = await openSession({traces: [trace], asLists: true});
  const ask = async (sql: string, rowsMax: number) => {
    let rows = 0;
    for await (const result of session.run(sql)) {
      for await (const chunk of result.chunks()) {
        rows += chunk.rowCount;
        if (rows >= rowsMax) break;
      }
    }
    return rows;
  };
  const all = await ask('SELECT seq FROM events', Infinity);
  expect(all).toBeGreaterThan(65_536);
  expect(await ask('SELECT seq FROM events', 1)).toBe(2048);
  expect(await ask('SELECT seq FROM events', Infinity)).toBe(all);
  const failing = "SELECT CASE WHEN seq = 70000 THEN error('at ' || seq) ELSE seq END FROM events";
  for (let time = 0; time < 3; time++) await expect(ask(failing, Infinity)).rejects.toThrow('at 70000');
  session.close();
});

test('what reads the table function itself leaves the views as they are', async () => {
  const session = await openSession({traces: [trace], asLists: true});
  const counts: unknown[] = [];
  const sql = 'SELECT count(*) FROM scan_trace(0); SELECT count(*) FROM events; SELECT count(*) FROM scan_lists(0)';
  for await (const result of session.run(sql, {several: true})) {
    for await (const chunk of result.chunks()) counts.push(...chunk.rows().map(([count]) => Number(count)));
  }
  session.close();
  expect(counts[1]).toBe(counts[0]);
  expect(counts[2]).toBe(2);
});

test('SQL that is not safe may be in a transaction, or in another database', async () => {
  for (const begin of ["ATTACH ':memory:' AS other; USE other", 'BEGIN TRANSACTION READ ONLY']) {
    const session = await openSession({traces: [trace], isUnsafe: true, asLists: true});
    const sql = `${begin}; SELECT count(*) FROM memory.main.events; SELECT max(seq) FROM memory.main.events`;
    const found: number[] = [];
    for await (const result of session.run(sql, {several: true})) {
      for await (const chunk of result.chunks()) found.push(...chunk.rows().map(([count]) => Number(count)));
    }
    session.close();
    expect(found[0]).toBe(found[1] + 1);
  }
});

test('EXPLAIN tells the plan that runs', async () => {
  const sql = 'EXPLAIN SELECT kind, count(*) FROM events GROUP BY kind';
  const plan = await queryText({traces: [trace], sql, asLists: true}, 'tsv');
  expect(plan).toMatch(/UNNEST.*SCAN_LISTS.*Projections: kind/);
});

test('parameters of all statements are looked at before the first runs', async () => {
  const session = await openSession({traces: [trace]});
  const ask = (sql: string, ...names: readonly string[]) =>
    session.run(sql, {several: true, parameters: new Map(names.map((name) => [name, '1']))}).next();
  await expect(ask('SELECT 1; SELECT $k')).rejects.toMatchObject({code: 'SQL_PARAMETER'});
  await expect(ask('SELECT $k; SELECT 2', 'k', 'z')).rejects.toMatchObject({code: 'SQL_PARAMETER'});
  await expect(ask('SELECT \'$z\', $$ $z $$ AS "$z"; SELECT $K', 'k')).resolves.toMatchObject({done: false});
  session.close();
});

test('an error under --explain points to where it is in the SQL', async () => {
  const query = queryText({traces: [trace], sql: 'FROM nope', explain: true});
  await expect(query).rejects.toThrow(/^SQL, line 1, column 6: there is no view nope.*\n *FROM nope\n *\^/s);
});
