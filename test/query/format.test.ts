import path from 'node:path';
import {expect, test} from 'vitest';
import {writeResult} from '../../src/query/format.js';
import {runQuery} from '../../src/query/run.js';
import {syntheticRows, writeRows} from '../trace/synthetic-rows.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

const trace = path.join(temporaryFolder(), 'apf.arrow');
writeRows(trace, syntheticRows(5000), 5000);

const json = (sql: string) => queryText({traces: [trace], sql}, 'json');

test.for([
  ['18446744073709551615::UBIGINT', '18446744073709551615'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['9007199254740993', '9007199254740993'],
  ['170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
  ['1.50', '1.50'],
  ['0.1::DOUBLE', '0.1'],
  ['0.1::FLOAT', '0.1'],
  ['1e300::DOUBLE', '1e+300'],
  ["'NaN'::DOUBLE", '"NaN"'],
  ['NULL', 'null'],
  ['true', 'true'],
  ["'a\"b\\'", '"a\\"b\\\\"'],
  ['chr(27) || chr(155) || chr(127) || chr(8238)', '"\\u001b\\u009b\\u007f\\u202e"'],
  ['(SELECT kind FROM events WHERE seq = 0)', '"access"'],
  ['[1, NULL, 3]', '[1,null,3]'],
  ["{a: 1, b: 'x'}", '{"a":1,"b":"x"}'],
  ["MAP {'k': 2}", '{"k":2}'],
  ["DATE '2020-04-08'", '"2020-04-08"'],
  ['[18446744073709551615::UBIGINT]', '[18446744073709551615]'],
])('json of %s is %s', async ([sql, expected]) => {
  expect(await json(`SELECT ${sql} AS x`)).toBe(`[\n{"x":${expected}}\n]\n`);
});

test('json is one array over several chunks, empty without rows; names are unique', async () => {
  expect(JSON.parse(await json('SELECT seq FROM events'))).toHaveLength(5000);
  expect(await json('SELECT 1 AS a WHERE false')).toBe('[]\n');
  expect(await json('SELECT 1 AS a, 2 AS a')).toBe('[\n{"a":1,"a:1":2}\n]\n');
});

test('ndjson is an object a line', async () => {
  const text = await queryText({traces: [trace], sql: 'SELECT seq FROM events WHERE seq < 2 ORDER BY seq'}, 'ndjson');
  expect(text).toBe('{"seq":0}\n{"seq":1}\n');
});

test('csv quotes what it must, tells NULL from the empty text, and escapes what would steer a terminal', async () => {
  const sql =
    "SELECT 'a,b' AS x, 'a\"b' AS \"y,z\", NULL AS n, '' AS e, 'l' || chr(10) || chr(27) || '[2J' AS c, [1, 2] AS l";
  expect(await queryText({traces: [trace], sql})).toBe('x,"y,z",n,e,c,l\n"a,b","a""b",,"",l\\n\\u001b[2J,"[1, 2]"\n');
});

test('a table aligns numbers to the right, and shows so many rows', async () => {
  const sql = "SELECT seq, kind, 'x' || chr(27) AS s, NULL::VARCHAR AS n FROM events ORDER BY seq";
  const result = await runQuery({traces: [trace], sql});
  const pieces: string[] = [];
  const written = await writeResult(result, 'table', (piece) => void pieces.push(String(piece)), {maxRows: 2});
  result.close();
  expect(written).toEqual({rows: 5000, shown: 2});
  expect(pieces.join('')).toBe(
    [
      '┌─────┬────────────┬─────────┬──────┐',
      '│ seq │ kind       │ s       │ n    │',
      '├─────┼────────────┼─────────┼──────┤',
      '│   0 │ access     │ x\\u001b │ NULL │',
      '│   1 │ completion │ x\\u001b │ NULL │',
      '└─────┴────────────┴─────────┴──────┘',
      '',
    ].join('\n'),
  );
});

test('a table shows 40 rows unless told otherwise, other formats all', async () => {
  const sql = 'SELECT seq FROM events';
  const lines = async (format: 'table' | 'csv') => (await queryText({traces: [trace], sql}, format)).split('\n').length;
  expect([await lines('table'), await lines('csv')]).toEqual([40 + 5, 5000 + 2]);
});
