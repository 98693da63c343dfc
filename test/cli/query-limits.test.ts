import fs from 'node:fs';
import {beforeAll, expect, test} from 'vitest';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();

beforeAll(() => {
  folder.run('record', ...short);
});

/** Queries that end neither by themselves nor, once in an expression, by DuckDB's interrupt. */
test.for([
  ['many rows', 'SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3'],
  [
    'scans of the trace, which run in the JS thread',
    'SELECT count(*) FROM events a, events b, events c WHERE a.seq + b.seq + c.seq = 7',
  ],
  ['one expression', "SELECT regexp_matches(repeat('a', 900000000), '(a|aa)+$')"],
])('--timeout ends a query: %s', ([, sql]) => {
  const startMs = performance.now();
  const ran = folder.run('query', '--timeout', '1s', '--memory', '4GiB', '-o', 'none.csv', sql);
  expect(ran).toMatchObject({status: 75, stdout: ''});
  expect(ran.stderr).toMatch(/^apf: SQL: .*1s.*\ntry: apf query --timeout 10s/);
  expect(performance.now() - startMs).toBeLessThan(10_000);
  expect(folder.files()).toEqual(['apf.arrow']);
});

/** DuckDB counts neither lists nor strings: the process is ended. With hardly any memory it cannot even plan. */
test.for([
  ['a list', '128MiB', 'SELECT list_sum(range(500000000))'],
  ['a string', '128MiB', "SELECT length(repeat('x', 1500000000))"],
  [
    'many groups',
    '128MiB',
    'SELECT count(*) FROM (SELECT DISTINCT a.range, b.range FROM range(10000) a, range(10000) b)',
  ],
  ['a name to look up', '1MiB', 'SELECT nosuch FROM events'],
  ['a view to plan', '1MiB', 'FROM latency'],
])('--memory ends a query: %s, %s', ([, memory, sql]) => {
  const ran = folder.run('query', '--memory', memory, sql, '--json');
  expect(ran.status).toBe(75);
  expect(JSON.parse(ran.stdout)).toMatchObject({error: {code: 'SQL_MEMORY', exit: 75}});
});

/** The shell starts apf in the background, where SIGINT would be ignored if apf did not ask for it. */
test.for(['INT', 'TERM'])('SIG%s stops a query at once, with exit 130 and without a word', (signal) => {
  const sql = 'SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3';
  const ran = folder.shell(`$APF query --format parquet '${sql}' > out & sleep 2; kill -${signal} $!; wait $!`);
  expect(ran).toMatchObject({status: 130, stderr: ''});
  expect(fs.readFileSync(folder.file('out'), 'utf8')).toBe('');
  fs.rmSync(folder.file('out'));
});

test('what the reader of a result takes does not count', () => {
  const sql = 'SELECT seq, time_ns, kind FROM events, range(20)';
  const ran = folder.shell(`$APF query --timeout 2s --format csv '${sql}' | (sleep 3; wc -l)`);
  expect(ran.stderr).toBe('');
  expect(Number(ran.stdout)).toBeGreaterThan(20_000);
});

test('--unsafe says so, may do anything, and has no limit of its own', () => {
  const sql = `COPY (SELECT count(*) AS n FROM events) TO 'n.csv'; SELECT n > 0 AS is_there FROM 'n.csv'`;
  const ran = folder.run('query', '--unsafe', '--json', sql);
  expect(ran.status).toBe(0);
  expect(ran.stderr).toMatch(/^apf: --unsafe: .*files/);
  expect(JSON.parse(ran.stdout)).toEqual([{is_there: true}]);
  fs.rmSync(folder.file('n.csv'));
  expect(folder.run('query', sql)).toMatchObject({status: 2, stdout: ''});
  expect(folder.files()).toEqual(['apf.arrow']);
});

test.for([
  ['--timeout', '60'],
  ['--timeout', '0s'],
  ['--timeout', 'soon'],
  ['--memory', '512'],
  ['--memory', '1KiB'],
])('%s %s is a wrong usage', (flags) => {
  expect(folder.run('query', 'FROM events', ...flags).status).toBe(2);
});
