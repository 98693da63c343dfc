import path from 'node:path';
import {expect, test} from 'vitest';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {readRowsFile, writeRowsFile} from './rows-file.js';

/** What the golden files do not show of the macros. */
const golden = path.join(import.meta.dirname, '../../fixtures/golden');
const trace = path.join(temporaryFolder(), 'story.arrow');
writeRowsFile(readRowsFile(path.join(golden, 'deliver-and-sleep.rows')), trace, 'story');

const lines = async (sql: string) => (await queryText({traces: [trace], sql}, 'tsv')).split('\n').slice(1, -1);

test.for([
  ["FROM followed_by('fault', 'retyre')", 'there is no kind retyre; the nearest is retire'],
  ["FROM never_followed_by('fualt', 'retire')", 'there is no kind fualt; the nearest is fault'],
  ["FROM between('fault', 'x''y')", "there is no kind x'y"],
  ["FROM followed_by('fault', 'retire', same := 'page')", 'expected fault, task, vcpu or trace'],
])('%s: %s', async ([sql, says]) => {
  await expect(lines(sql)).rejects.toMatchObject({code: 'SQL_ERROR', message: expect.stringContaining(says)});
});

test('between is a macro where a table stands, and a word elsewhere', async () => {
  const one = "SELECT count(*) FROM Between('fault', 'retire') WHERE seq BETWEEN 3 AND 5 AND seq BETWEEN (4) AND (9)";
  expect(await lines(one)).toEqual(['2']);
  const joined = `SELECT count(*) FROM faults, between('fault', 'retire') AS b JOIN "between"('fault', 'retire') USING (seq)`;
  expect(await lines(`${joined} WHERE faults.fault = b.fault`)).toEqual([
    String((await lines("FROM between('fault', 'retire')")).length),
  ]);
});

test('an error after between points where the user wrote it', async () => {
  await expect(lines("FROM between('fault', 'retire') WHERE kynd = 'copy'")).rejects.toThrow(
    /^SQL, line 1, column 39: .*kind\n/,
  );
});

test('of several first events, the last before the other counts for between, each for followed_by', async () => {
  const pairs = "SELECT seq, then_seq FROM followed_by('inuse', 'iret', same := 'vcpu')";
  expect(await lines(pairs)).toEqual(['4\t9', '8\t9']);
  expect(await lines("FROM between('inuse', 'iret', same := 'vcpu')")).toEqual([]);
  const faults = "SELECT DISTINCT first_seq, then_seq FROM between('attempt', 'retire', same := 'trace') ORDER BY ALL";
  expect(await lines(faults)).toEqual(['13\t26']);
});

test('never_followed_by leaves out what nobody can tell at the end of the trace', async () => {
  const seqs = (withinNs: number) =>
    lines(`SELECT seq FROM never_followed_by('exit', 'access', within_ns := ${withinNs}, same := 'vcpu')`);
  expect(await seqs(99)).toEqual(['27', '31']);
  expect(await seqs(150)).toEqual(['27']);
  expect(await seqs(200)).toEqual([]);
});

test.for([
  ['(1), (2), (3)', ['1 .. 1  1  ████████████████████', `2 .. 3  2  ${'█'.repeat(40)}`]],
  [
    '(0), (0.9), (7.9), (NULL)',
    [`0 .. 0  2  ${'█'.repeat(40)}`, '1 .. 1  0', '2 .. 3  0', '4 .. 7  1  ████████████████████'],
  ],
  ['(-5), (-0.5), (1)', [`< 0     2  ${'█'.repeat(40)}`, '0 .. 0  0', '1 .. 1  1  ████████████████████']],
  ['(NULL::BIGINT)', []],
  ['(-1), (NULL)', [`< 0       1  ${'█'.repeat(40)}`]],
  ['(9007199254740991)', [`4503599627370496 .. 9007199254740991  1  ${'█'.repeat(40)}`]],
  ['(18446744073709551615::UBIGINT)', [` 9223372036854775808 .. 18446744073709551615  1  ${'█'.repeat(40)}`]],
] as const)('hist of %s', async ([values, expected]) => {
  expect(await lines(`SELECT hist(x) FROM (VALUES ${values}) AS t(x)`)).toEqual(expected);
});

test('hist draws one for each group', async () => {
  const sql = 'SELECT x % 2 AS odd, hist(x) AS h FROM range(1, 4) AS t(x) GROUP BY odd ORDER BY ALL';
  expect((await lines(sql)).map((line) => line.split('  ')[0])).toEqual(['0\t2 .. 3', '1\t1 .. 1', '1\t2 .. 3']);
});
