import fs from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {writeResult} from '../../src/query/format.js';
import {isBinary, queryFormats} from '../../src/query/format-names.js';
import {piecesOf} from '../../src/query/long-text.js';
import {runQuery} from '../../src/query/run.js';
import {syntheticRows, writeRows} from '../trace/synthetic-rows.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {readRowsFile, writeRowsFile} from './rows-file.js';

const golden = path.join(import.meta.dirname, '../../fixtures/golden');
const folder = temporaryFolder();
const trace = path.join(folder, 'apf.arrow');
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

test('tsv has tabs and line feeds only between fields and rows', async () => {
  const sql = "SELECT 'a' || chr(9) || chr(10) || chr(27) AS x, NULL AS n, 1.5::DOUBLE AS y FROM range(2)";
  expect(await queryText({traces: [trace], sql}, 'tsv')).toBe(`x\tn\ty\n${'a\\t\\n\\u001b\t\t1.5\n'.repeat(2)}`);
});

test('markdown shows every text as it is', async () => {
  const sql = "SELECT 1 AS n_1, 'a|b<script>' || chr(10) || '`*_[x](y)' AS x, 'page_ready' AS kind, NULL AS z";
  expect(await queryText({traces: [trace], sql}, 'markdown')).toBe(
    [
      '| n_1 | x | kind | z |',
      '| --: | :-- | :-- | --: |',
      '| 1 | a\\|b\\<script\\>\\\\n\\`\\*\\_\\[x\\](y) | page_ready |  |',
      '',
    ].join('\n'),
  );
});

/** What a stranger put into a trace comes out of every format without a character that could steer a terminal. */
test.for(queryFormats.filter((format) => !isBinary(format)))('%s of a hostile trace is harmless', async (format) => {
  const hostile = path.join(folder, `evil\u001b[2J\u202e.arrow`);
  const name = 'a\u001b]0;x\u0007\u009b31m\u007f\u202e\ud800\r';
  writeRowsFile(readRowsFile(path.join(golden, 'starving.rows')), hostile, name);
  const sql = 'SELECT scenario, trace, scenario AS "x\u001b[31m" FROM trace_info';
  const text = await queryText({traces: [hostile], sql}, format);
  expect(text).toContain('a');
  expect(text.replaceAll(/[\t\n]/g, '')).not.toMatch(/\p{Control}|\p{Bidi_Control}|\p{Surrogate}/u);
});

test('arrow keeps types, nulls, nested values and wide integers', async () => {
  const sql = `SELECT seq, kind, sum(seq) OVER () AS wide, -1.25::DECIMAL(4, 2) AS d, [kind, NULL] AS l,
    {a: seq, b: [1.5::DOUBLE]} AS s, DATE '2020-04-08' AS day, NULL AS n, vcpu, choice FROM events ORDER BY seq LIMIT 2`;
  const {tableFromIPC} = await import('apache-arrow');
  const table = tableFromIPC(await queryBytes(sql, 'arrow'));
  expect(table.schema.fields.map(({type}) => String(type))).toEqual([
    'Int64',
    'Dictionary<Uint8, Utf8>',
    'Decimal[38e0]',
    'Decimal[4e+2]',
    'List<Utf8>',
    'Struct<{a:Int64, b:List<Float64>}>',
    'Utf8',
    'Int32',
    'Int32',
    'Bool',
  ]);
  const row = table.get(1)?.toJSON() as Record<string, unknown>;
  const {wide, d, l, s, ...plain} = row;
  expect(plain).toEqual({
    seq: 1n,
    kind: 'completion',
    day: '2020-04-08',
    n: null,
    vcpu: 65535,
    choice: expect.any(Boolean),
  });
  expect([String(wide), String(d), JSON.stringify(l)]).toEqual([
    String((4999 * 5000) / 2),
    '-125',
    '["completion",null]',
  ]);
  expect(String(s)).toBe('{"a": 1, "b": [1.5]}');
});

test('arrow without rows has its schema, and the same query gives the same bytes', async () => {
  const {tableFromIPC} = await import('apache-arrow');
  const empty = tableFromIPC(await queryBytes('SELECT seq, kind FROM events WHERE false', 'arrow'));
  expect([empty.numRows, empty.schema.fields.map(({name}) => name)]).toEqual([0, ['seq', 'kind']]);
  const again = () => queryBytes('SELECT seq, kind, reason FROM events ORDER BY seq', 'arrow');
  expect(Buffer.compare(await again(), await again())).toBe(0);
});

test('parquet keeps types and wide integers, and so many rows', async () => {
  const file = path.join(folder, 'x.parquet');
  const sql = 'SELECT seq, kind, sum(seq) OVER () AS "w""ide", [seq] AS l FROM events ORDER BY seq';
  fs.writeFileSync(file, await queryBytes(sql, 'parquet', 3000));
  const check = `SELECT count(*), max(seq), any_value(kind), any_value("w""ide"), typeof(any_value(l)) FROM '${file}'`;
  const text = await queryText({traces: [trace], sql: check, isUnsafe: true});
  expect(text.split('\n')[1]).toBe('3000,2999,access,12497500,BIGINT[]');
});

async function queryBytes(sql: string, format: 'arrow' | 'parquet', maxRows?: number): Promise<Buffer> {
  const result = await runQuery({traces: [trace], sql});
  const pieces: Buffer[] = [];
  const options = {folder, maxRows};
  await writeResult(result, format, (piece) => void pieces.push(Buffer.from(piece as Uint8Array)), options);
  result.close();
  return Buffer.concat(pieces);
}

test('EXPLAIN is drawn, not put into a table', async () => {
  const text = await queryText({traces: [trace], sql: 'FROM events', explain: true}, 'table');
  expect(text).toMatch(/^┌─+┐\n[\s\S]*SCAN_TRACE[\s\S]*┘\n$/);
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

test('a table may be long', async () => {
  const sql = 'SELECT range AS n, range * range AS square FROM range(200000)';
  const lines = (await queryText({traces: [trace], sql}, 'table', {maxRows: 200_000})).split('\n');
  expect([lines.length, lines.at(-3)]).toEqual([200_005, '│ 199999 │ 39999600001 │']);
});

test('what is wide, or not plain, keeps the box straight', async () => {
  const sql = "SELECT '漢字' AS w, 1 AS n UNION ALL SELECT 'ä', NULL UNION ALL SELECT '', 20";
  expect(await queryText({traces: [trace], sql}, 'table')).toBe(
    '┌──────┬──────┐\n│ w    │    n │\n├──────┼──────┤\n│ 漢字 │    1 │\n│ ä    │ NULL │\n│      │   20 │\n└──────┴──────┘\n',
  );
});

test('a table shows 40 rows unless told otherwise, other formats all', async () => {
  const sql = 'SELECT seq FROM events';
  const lines = async (format: 'table' | 'csv') => (await queryText({traces: [trace], sql}, format)).split('\n').length;
  expect([await lines('table'), await lines('csv')]).toEqual([40 + 5, 5000 + 2]);
});

test('rows whose text together is longer than a string can be are written in pieces, in order', () => {
  const sizes: number[] = [];
  const rows = (some: {readonly length: number}) => {
    const text = 'x'.repeat(some.length * 2 ** 27);
    sizes.push(some.length);
    return text;
  };
  const formatter = {begin: () => '', rows, end: () => ''};
  const pieces = [...piecesOf(formatter, [[1], [2], [3], [4], [5]])];
  expect(sizes).toEqual([2, 3]);
  expect(pieces.map(({length}) => length)).toEqual([2 ** 28, 3 * 2 ** 27]);
});

test('a value that is too long to be shown is a limit', async () => {
  const text = queryText({traces: [trace], sql: 'SELECT repeat(chr(27), 100000000) AS x'}, 'json');
  await expect(text).rejects.toMatchObject({code: 'SQL_VALUE', exitCode: 75});
});
