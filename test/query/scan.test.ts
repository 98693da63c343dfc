import fs from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {none, Row} from '../../src/protocol/row.js';
import {rangeOf} from '../../src/query/range.js';
import {querySources} from '../../src/query/run.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import type {TraceReader} from '../../src/trace/decode/trace-reader.js';
import {syntheticRows, writeRows} from '../trace/synthetic-rows.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {readRowsFile, writeRowsFile} from './rows-file.js';

const folder = temporaryFolder();
/** 10,001 rows in batches of 3,000: batches, and the vectors of 2,048 rows, end at different rows. */
const synthetic = path.join(folder, 'synthetic.arrow');
writeRows(synthetic, syntheticRows(10_001), 3_000);

const golden = path.join(import.meta.dirname, '../../fixtures/golden');
const story = path.join(folder, 'story.arrow');
writeRowsFile(readRowsFile(path.join(golden, 'deliver-and-sleep.rows')), story, 'story');
const failures = path.join(folder, 'failures.arrow');
writeRowsFile(readRowsFile(path.join(golden, 'fail-recover-kill.rows')), failures, 'failures');

/** A reader that notes what it is asked for. */
function noting(reader: TraceReader): {reader: TraceReader; asked: string[]} {
  const asked: string[] = [];
  const readBatch: TraceReader['readBatch'] = (index, columns, memory) => {
    asked.push(`${index}: ${columns.join(' ')}`);
    return reader.readBatch(index, columns, memory);
  };
  const noted = new Proxy(reader, {
    get: (target, key) => (key === 'readBatch' ? readBatch : Reflect.get(target, key, target)),
  });
  return {reader: noted, asked};
}

describe.for([
  ['rows', false],
  ['lists', true],
] as const)('as %s', ([, asLists]) => {
  const one = async (sql: string, traces = [synthetic], from?: string, to?: string): Promise<string> => {
    return (await queryText({traces, sql, from, to, asLists})).split('\n').slice(1, -1).join(' ');
  };

  /** Sums that tell every column of `syntheticRows(10_001)` from any other, computed without DuckDB. */
  test('every column of every row arrives, with its nulls', async () => {
    const {fillRow} = await import('../trace/synthetic-rows.js');
    const {newRow, none, Row, rowFields} = await import('../../src/protocol/row.js');
    const sums = new Array<bigint>(rowFields).fill(0n);
    const counts = new Array<number>(rowFields).fill(0);
    const row = newRow();
    for (let n = 0; n < 10_001; n++) {
      fillRow(row, n);
      for (let field = 0; field < rowFields; field++) {
        if (row[field] === none) continue;
        sums[field] += BigInt(row[field]);
        counts[field]++;
      }
    }
    for (const name of ['seq', 'vcpu', 'task', 'fault', 'cause', 'token', 'result', 'value'] as const) {
      const found = await one(`SELECT count(${name}), sum(${name}) FROM events`);
      expect([name, found]).toEqual([name, `${counts[Row[name]]},${sums[Row[name]]}`]);
    }
    expect(await one('SELECT sum(time_ns), count(*) FILTER (choice) FROM events')).toBe(
      `${sums[Row.time]},${sums[Row.choice]}`,
    );
    expect(await one('SELECT sum(gva), count(gva) FROM events')).toBe(
      `${sums[Row.gvaLo] + (sums[Row.gvaHi] << 32n)},${counts[Row.gvaLo]}`,
    );
    const codes = 'SELECT sum(enum_code(kind)), sum(enum_code(reason)), count(reason) FROM events';
    expect(await one(codes)).toBe(`${sums[Row.kind]},${sums[Row.reason]},${counts[Row.reason]}`);
  });

  test('gpa is unsigned, and the others are signed, so that a difference below zero is no error', async () => {
    expect(await one('SELECT max(gpa) FROM events')).toBe('18446744073709551615');
    expect(await one('SELECT min(token - 4294967295) < 0, min(vcpu - task) < 0, min(result - 1) FROM events')).toBe(
      'true,true,-1',
    );
  });

  test.for([
    ['SELECT kind, count(*) FROM events GROUP BY kind', undefined, ['0: kind', '1: kind', '2: kind', '3: kind']],
    ['SELECT count(*) FROM events', '9000', ['3: kind']],
    ['SELECT max(token) FROM events WHERE vcpu = 3', '6001', ['2: vcpu token', '3: vcpu token']],
    ['SELECT * FROM trace_info', undefined, []],
  ] as const)('only the columns and batches that %s from %s names are read', async ([sql, from, expected]) => {
    const trace = openTrace(synthetic);
    const {reader, asked} = noting(trace);
    const result = await querySources([{name: 'x', reader, range: rangeOf(reader, from)}], sql, {asLists});
    for await (const chunk of result.chunks()) expect(chunk.rowCount).toBeGreaterThan(0);
    result.close();
    trace.close();
    expect(asked).toEqual(expected);
  });

  test.for([
    [undefined, undefined, '0,10000,10001'],
    ['0', '0', '0,0,1'],
    ['2999', '3000', '2999,3000,2'],
    ['5', '5', '5,5,1'],
    ['10000', '20000', '10000,10000,1'],
    ['20000', undefined, ',,0'],
    ['2s', '5s', '2,4,3'],
    ['2000000014ns', '2000000014ns', '2,2,1'],
    ['2000000015ns', '3000000020ns', ',,0'],
    ['9000s', '9000000ms', ',,0'],
    ['9999s', undefined, '9999,10000,2'],
    [undefined, '1.5s', '0,1,2'],
    [undefined, '99999s', '0,10000,10001'],
  ] as const)('--from %s --to %s gives rows %s', async ([from, to, expected]) => {
    expect(await one('SELECT min(seq), max(seq), count(*) FROM events', [synthetic], from, to)).toBe(expected);
  });

  test('nulls of one batch are not those of the next, which has none', async () => {
    const rows = syntheticRows(6_000);
    for (const row of rows) row[Row.token] = row[Row.seq] < 2_000 && row[Row.seq] % 3 === 0 ? none : row[Row.seq];
    const trace = path.join(folder, `nulls-${asLists}.arrow`);
    writeRows(trace, rows, 1_000);
    const sql = 'SELECT count(*), count(token), sum(token - seq), max(seq) FILTER (token IS NULL) FROM events';
    expect(await one(sql, [trace])).toBe('6000,5333,0,1998');
  });

  test('a range keeps columns together, wherever in a byte of a bitmap it begins', async () => {
    const sql = 'SELECT bool_and((vcpu IS NULL) = (seq % 7 = 0) AND (fault IS NULL) = (seq % 4 = 0)) FROM events';
    for (let from = 2040; from < 2060; from++) expect(await one(sql, [synthetic], String(from))).toBe('true');
  });

  test('a range ends the states of a vCPU at its end, and begins them at the first row that shows one', async () => {
    const sql =
      "SELECT string_agg(concat_ws(' ', vcpu, state, start_ns, end_ns), '; ' ORDER BY vcpu, start_ns) FROM vcpu_states";
    expect(await one(sql, [story], undefined, '130ns')).toBe(
      '0 run 0 100; 0 handler 100 120; 0 run 120 130; 1 idle 0 130',
    );
    expect(await one(sql, [story], '22', undefined)).toBe(
      '0 handler 274 276; 0 run 276 300; 0 handler 300 310; 0 run 310 400; 0 idle 400 500',
    );
  });

  test.for([
    ['5', '4'],
    ['20000', '15000'],
    ['3s', '2s'],
    ['9000s', '8000s'],
    ['5000', '2s'],
    ['5s', '2'],
  ] as const)('--from %s --to %s is refused', async ([from, to]) => {
    const message = `--from ${from} is after --to ${to}, expected the earlier one first`;
    const refused = {code: 'RANGE_REVERSED', message, exitCode: 2};
    await expect(one('SELECT 1', [synthetic], from, to)).rejects.toMatchObject(refused);
  });

  test('a bound that is neither seq nor time is refused', async () => {
    await expect(one('SELECT 1', [synthetic], 'soon')).rejects.toMatchObject({code: 'RANGE_BOUND', exitCode: 2});
  });

  test('several traces are told apart by the column trace, in every view', async () => {
    const traces = [story, failures];
    expect(await one('SELECT trace, count(*) FROM events GROUP BY trace ORDER BY trace', traces)).toBe(
      'failures.arrow,30 story.arrow,33',
    );
    expect(await one('SELECT trace, fault, outcome FROM faults ORDER BY trace, fault', traces)).toBe(
      'failures.arrow,3,delivered failures.arrow,19,recovered failures.arrow,25,killed ' +
        'story.arrow,2,delivered story.arrow,12,slept',
    );
    for (const view of [
      'vcpu_states',
      'token_use',
      'latency',
      'starvation',
      'sleeps',
      'deliveries',
      'deferrals',
      'kills',
      'trace_problems',
      "followed_by('fault', 'retire')",
      "never_followed_by('fault', 'delivery')",
      "between('fault', 'retire', same := 'vcpu')",
    ]) {
      for (const trace of traces) {
        const name = path.basename(trace);
        const together = await one(
          `SELECT * EXCLUDE (trace) FROM ${view} WHERE trace = '${name}' ORDER BY ALL`,
          traces,
        );
        expect([view, together]).toEqual([view, await one(`SELECT * FROM ${view} ORDER BY ALL`, [trace])]);
      }
    }
  });

  test('traces of one base name are told apart by their folders', async () => {
    const other = path.join(folder, `other-${asLists}`, 'other');
    fs.mkdirSync(other, {recursive: true});
    fs.copyFileSync(failures, path.join(other, 'story.arrow'));
    const names = await one('SELECT trace FROM trace_info', [story, path.join(other, 'story.arrow')]);
    expect(names).toBe(`${path.basename(folder)}/story.arrow other/story.arrow`);
    await expect(one('SELECT 1', [story, story])).rejects.toMatchObject({code: 'TRACE_TWICE'});
  });

  test('a damaged batch is refused, and what lies before it can be read', async () => {
    const bytes = fs.readFileSync(synthetic);
    const trace = openTrace(synthetic);
    const damagedAt = trace.batches[2].offset + 5_000;
    trace.close();
    bytes[damagedAt] ^= 1;
    const damaged = path.join(folder, 'damaged.arrow');
    fs.writeFileSync(damaged, bytes);
    await expect(one('SELECT sum(seq), sum(time_ns) FROM events', [damaged])).rejects.toMatchObject({exitCode: 65});
    expect(await one('SELECT count(*) FROM events', [damaged], undefined, '5999')).toBe('6000');
    // The batches before it come out, also where several are given at a time.
    expect((await one('SELECT seq FROM events LIMIT 5000', [damaged])).split(' ').length).toBe(5000);
  });

  test('the view trace_problems says what is wrong with a file, which need not be read for anything else', async () => {
    const bytes = fs.readFileSync(synthetic);
    const trace = openTrace(synthetic);
    for (const batch of [1, 3]) bytes[trace.batches[batch].offset + 5_000] ^= 1;
    trace.close();
    const damaged = path.join(folder, 'problems.arrow');
    fs.writeFileSync(damaged, bytes);
    const reader = openTrace(damaged);
    const problems = reader.verify();
    reader.close();
    expect(problems.map(({code}) => code)).toEqual(['TRACE_DIGEST', 'TRACE_DIGEST']);
    const text = await queryText({traces: [damaged, story], sql: 'FROM trace_problems'}, 'ndjson');
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(problems.map(({code, message, offset}) => ({code, message, byte: offset, trace: 'problems.arrow'})));
  });

  test('a cut file has a problem and its rows', async () => {
    const cut = path.join(folder, 'cut.arrow');
    const bytes = fs.readFileSync(synthetic);
    fs.writeFileSync(cut, bytes.subarray(0, bytes.length - 10));
    expect(await one('SELECT string_agg(code) FROM trace_problems', [cut])).toBe('TRACE_CUT');
    expect(await one('SELECT count(*) FROM events', [cut])).toBe('10001');
  });

  test('tasks of the metadata that no scenario can have are not counted, and those of a range were before it', async () => {
    const file = readRowsFile(path.join(golden, 'never-dispatched.rows'));
    const trace = path.join(folder, 'never-dispatched.arrow');
    writeRowsFile(file, trace, 'never-dispatched');
    const sql = "SELECT count(*), min(start_ns) FROM starvation(threshold := 0) WHERE pattern = 'run_queue'";
    expect(await one(sql, [trace])).toBe('4,0');
    expect(await one(sql, [trace], '1')).toBe('1,700');
    const groups = [
      null,
      7,
      {count: -1},
      {count: 1.5},
      {count: '9'},
      {count: 2 ** 40},
      {count: 2 ** 30, vcpu: 'x'},
      {count: 5},
    ];
    const strange = path.join(folder, 'strange.arrow');
    writeRowsFile(file, strange, 'strange', 8, groups);
    expect(await one(sql, [strange])).toBe('1048576,0');
  });
});

test('a database that cannot be begun is told, whatever becomes of the traces', async () => {
  await expect(queryText({traces: [story], sql: 'SELECT 1', memoryBytes: Number.NaN})).rejects.toThrow('config');
});
