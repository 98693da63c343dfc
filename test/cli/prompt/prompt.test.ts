import fs from 'node:fs';
import path from 'node:path';
import {PassThrough} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {tableFromIPC} from 'apache-arrow';
import {afterEach, expect, test} from 'vitest';
import {historyPath, readHistory} from '../../../src/cli/prompt/history.js';
import {Prompt} from '../../../src/cli/prompt/prompt.js';
import type {InitialSettings} from '../../../src/cli/prompt/settings.js';
import {QueryProcess} from '../../../src/cli/query-process.js';
import {isBinary, queryFormats} from '../../../src/query/format-names.js';
import {schemaOfViews} from '../../../src/query/schema.js';
import {isTerminated} from '../../../src/query/sql-text.js';
import {syntheticRows, writeRows} from '../../trace/synthetic-rows.js';
import {temporaryFolder} from '../../trace/temporary-folder.js';

/** The built one: the process cannot run TypeScript. */
const program = new URL('../../../dist/src/query/child.js', import.meta.url);
const folder = temporaryFolder();
const trace = path.join(folder, 'apf.arrow');
const historyFile = path.join(folder, 'state', 'apf', 'query-history');
writeRows(trace, syntheticRows(100), 100);
const views = await schemaOfViews();

/** A prompt at which somebody types. */
class Typist {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly ended: Promise<void>;
  private shown = '';
  private waiting: (() => void) | null = null;

  constructor(isTerminal = true, timeoutMs = 60_000, traces = [trace], given: Partial<InitialSettings> = {}) {
    this.output.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
      this.waiting?.();
    });
    const limits = {timeoutMs, memoryBytes: 2 ** 30};
    const start = () => new QueryProcess(limits, program);
    const session = {traces, memoryBytes: limits.memoryBytes};
    const {input, output} = this;
    const shell = {formats: queryFormats, isBinary, isTerminated, historyFile, views, start};
    const settings = {
      format: 'table',
      rows: null,
      timing: false,
      output: null,
      parameters: new Map(),
      ...given,
    } as const;
    this.ended = new Prompt({settings, input, output, isTerminal, session, ...shell}).run();
    typists.push(this);
  }

  /** Presses keys, and returns what was shown until the text comes. */
  async type(keys: string, until: string | RegExp): Promise<string> {
    this.shown = '';
    this.input.write(keys);
    return this.wait(until);
  }

  async wait(until: string | RegExp): Promise<string> {
    const isShown = () => (typeof until === 'string' ? this.shown.includes(until) : until.test(this.shown));
    while (!isShown()) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    return this.shown;
  }
}

const typists: Typist[] = [];
const ready = /apf> .*$/;

afterEach(async () => {
  for (const {input, ended} of typists.splice(0)) {
    input.end();
    await ended;
  }
});

test('a statement ends with a semicolon, on whatever line', async () => {
  const typist = new Typist();
  await typist.wait(ready);
  await typist.type('SELECT count(*) AS n,\n', /\.\.\.> /);
  await typist.type("';' AS s\n", /\.\.\.> /);
  expect(await typist.type('FROM events;\n', '└')).toContain('│ 100 │ ; │');
  expect(await typist.type('SELECT 1 AS a; SELECT 2 AS b;\n', /│ 2 │[\s\S]*└/)).toContain('│ 1 │');
});

test('a statement that has begun can be shown, run and forgotten', async () => {
  const typist = new Typist();
  await typist.type('SELECT 5 AS x\n', /\.\.\.> /);
  expect(await typist.type('\\p\n', /SELECT 5 AS x\n/)).not.toContain('│');
  expect(await typist.type('\\g\n', '└')).toContain('│ 5 │');
  await typist.type('SELECT 6,\n', /\.\.\.> /);
  await typist.type('\\r\n', /apf> /);
  expect(await typist.type('SELECT 7 AS y;\n', '└')).not.toContain('6');
});

test('an error is shown, and the prompt goes on', async () => {
  const typist = new Typist();
  expect(await typist.type('SELECT kynd FROM events;\n', /\^\n/)).toContain('the nearest is kind');
  expect(await typist.type("ATTACH ':memory:' AS x;\n", 'expected one SELECT')).toContain('ATTACH');
  expect(await typist.type('\\foo\n', 'nearest')).toContain('\\foo: no such command');
  expect(await typist.type('SELECT 7 AS x;\n', '└')).toContain('│ 7 │');
});

test('tab completes views, columns of the view, kinds and commands', async () => {
  const typist = new Typist();
  await typist.wait(ready);
  typist.input.write('SELECT count(*) AS n FROM ev');
  await typist.type('\t', 'ents');
  typist.input.write(" WHERE kind = 'compl");
  await typist.type('\t', 'etion');
  typist.input.write("' AND tim");
  await typist.type('\t', 'e_ns');
  expect(await typist.type(' >= 0;\n', '└')).toMatch(/│ \d+ │/);
  typist.input.write('\\form');
  await typist.type('\t', 'at');
  typist.input.write(' mark');
  await typist.type('\t', 'down');
  await typist.type('\n', 'format markdown');
});

test('backslash commands change how results are shown', async () => {
  const typist = new Typist();
  await typist.type('\\format csv\n', 'format csv');
  await typist.type('\\timing\n', 'timing on');
  expect(await typist.type('SELECT 1 AS x, 2 AS y;\n', / ms\n/)).toMatch(/x,y\n1,2\n1 rows in \d+\.\d ms\n/);
  await typist.type('\\timing off\n', 'timing off');
  await typist.type('\\rows 2\n', 'rows 2');
  expect(await typist.type('FROM range(5);\n', '5 rows are shown')).toMatch(/range\n0\n1\n2 of 5 rows/);
  await typist.type('\\set n 1.5ms\n', /\$n 1\.5ms/);
  expect(await typist.type('SELECT $n AS n;\n', /n\n\d+\n/)).toContain('1500000');
  expect(await typist.type('\\explain FROM events;\n', 'SCAN_TRACE')).not.toContain('error');
  for (const wrong of [
    '\\format xml',
    '\\format arrow',
    '\\rows few',
    '\\timing maybe',
    '\\d nothing',
    '\\i none.sql',
  ]) {
    await typist.type(`${wrong}\n`, /expected|there is no|no such/);
  }
});

test('\\d lists views and macros, and the columns of one', async () => {
  const typist = new Typist();
  const list = await typist.type('\\d\n', 'hist ');
  for (const {view} of views) expect(list).toContain(`  ${view} `);
  expect(await typist.type('\\d faults\n', 'run_delay_ns')).toContain('latency_ns');
  expect(await typist.type('\\d hist(latency_ns)\n', /apf> /)).not.toContain('there is no view');
  expect(await typist.type('help\n', /\\unset/)).toContain('\\timing');
});

test('\\o sends results to a file, also those that are no text; \\i runs a file', async () => {
  const typist = new Typist();
  const output = path.join(folder, 'x.arrow');
  fs.writeFileSync(path.join(folder, 'two.sql'), 'SELECT 1 AS one;\nSELECT 2 AS two;\n');
  await typist.type('\\rows 5\n', 'rows 5');
  await typist.type(`\\o ${output}\n`, 'as arrow, all rows');
  await typist.type('FROM events;\n', ready);
  await typist.type('\\o\n', 'shown here');
  expect(tableFromIPC(fs.readFileSync(output)).numRows).toBe(100);
  await typist.type(`\\o ${path.join(folder, 'y.bin')}\n`, 'as table, all rows');
  await typist.type('\\format arrow\n', 'format arrow');
  await typist.type('FROM events;\n', ready);
  await typist.type('\\o\n', 'shown here');
  expect(fs.readFileSync(path.join(folder, 'y.bin')).subarray(0, 6).toString()).toBe('ARROW1');
  expect(await typist.type(`\\i ${path.join(folder, 'two.sql')}\n`, /two[\s\S]*└/)).toContain('one');
});

test.for([
  ['\\set n', '\\set n: found no value, and there is no parameter n; \\set shows those that there are'],
  ['\\unset n', '\\unset: there is no parameter n; \\set shows those that there are'],
  ['\\i', '\\i: found nothing after it, expected FILE'],
  ['\\explain', '\\explain: found nothing after it, expected SQL'],
  [`\\o ${trace}`, 'it is the trace that is read'],
  [`\\o ${folder}`, `${folder}: cannot write the result: EISDIR`],
  [`\\o ${trace}/x.csv`, `${trace}/x.csv: cannot write the result: ENOTDIR`],
  [`\\o ${folder}/none/x.csv`, `${folder}/none/x.csv: cannot write the result: ENOENT`],
])('%s is refused', async ([command, message]) => {
  const typist = new Typist(false);
  await typist.type('\\set m 5\n', /\$m 5\n/);
  await typist.type(`${command}\n`, message);
  expect(await typist.type('\\o\n\\set\n', /\$m 5\n/)).toContain('results are shown here');
});

test('a parameter is told, changed and forgotten', async () => {
  const typist = new Typist(false);
  await typist.type('\\set m 5\n', /^\$m 5\n$/m);
  await typist.type('\\set n 1.5ms\n', /^\$n 1\.5ms\n$/m);
  expect(await typist.type('\\set m\n', /\$m 5\n/)).not.toContain('$n');
  await typist.type('\\unset m\n\\set\n', /^\$n 1\.5ms\n$/m);
  await typist.type('SELECT $n AS x, $m AS y;\n', 'found $m without a value');
});

test('Ctrl-C forgets the line, and stops a query; the next one runs', async () => {
  const typist = new Typist();
  await typist.wait(ready);
  await typist.type('SELECT 1,\n', /\.\.\.> /);
  typist.input.write('2 AS b');
  await typist.type('\u0003', /\^C[\s\S]*apf> /);
  expect(await typist.type('SELECT 3 AS c;\n', '└')).not.toContain('b');
  typist.input.write('SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3;\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await typist.type('\u0003', 'interrupted');
  expect(await typist.type('SELECT 4 AS d;\n', '└')).toContain('│ 4 │');
});

test('a query that takes too long is stopped; the next one runs', async () => {
  const typist = new Typist(true, 3000);
  await typist.wait(ready);
  await typist.type('SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3;\n', 'was stopped');
  expect(await typist.type('SELECT 4 AS d;\n', '└')).toContain('│ 4 │');
});

test('what was typed is kept for the next time', async () => {
  fs.rmSync(historyFile, {force: true});
  const typist = new Typist();
  await typist.type('SELECT 41 AS first;\n', '└');
  await typist.type('SELECT 42 AS second;\n', '└');
  typist.input.write('\\q\n');
  await typist.ended;
  expect(readHistory(historyFile)).toEqual(['\\q', 'SELECT 42 AS second;', 'SELECT 41 AS first;']);
  const next = new Typist();
  await next.wait(ready);
  for (const _ of [1, 2, 3]) next.input.write('\u001b[A');
  expect(await next.type('\n', '└')).toContain('│    41 │');
});

test('without a terminal it reads statements, and shows no prompt', async () => {
  const typist = new Typist(false);
  expect(await typist.type('SELECT 1 AS x;\n.quit\n', '└')).not.toContain('apf>');
  await typist.ended;
});

test('history is where the state of programs belongs', () => {
  expect(historyPath({XDG_STATE_HOME: folder})).toBe(path.join(folder, 'apf', 'query-history'));
  expect(historyPath({XDG_STATE_HOME: 'relative'})).toMatch(/\.local.state.apf.query-history$/);
});

test('the program is built', () => {
  expect(fs.existsSync(fileURLToPath(program)), 'npm run build').toBe(true);
});

test('a trace that cannot be opened is told at each statement, and opened when it is there', async () => {
  const late = path.join(folder, 'late.arrow');
  const typist = new Typist(true, 60_000, [late]);
  await typist.wait(ready);
  for (let again = 0; again < 2; again++)
    expect(await typist.type('SELECT 7 * 6;\n', ready)).toContain('no such trace');
  fs.copyFileSync(trace, late);
  expect(await typist.type('SELECT 7 * 6;\n', ready)).toContain('42');
});

test('the flags of the command line hold at the prompt', async () => {
  const output = path.join(folder, 'flags.csv');
  const given = {format: 'csv', rows: 2, timing: true, output, parameters: new Map([['n', '7']])} as const;
  const typist = new Typist(true, 60_000, [trace], given);
  await typist.wait(ready);
  const shown = await typist.type('SELECT seq + $n AS n FROM events LIMIT 5;\n', ready);
  expect(shown).toMatch(/2 of 5 rows are shown/);
  expect(shown).toMatch(/5 rows in [\d.]+ ms/);
  expect(fs.readFileSync(output, 'utf8')).toBe('n\n7\n8\n');
});

test('Ctrl-D that was typed before the answer came ends the prompt', async () => {
  const typist = new Typist();
  await typist.wait(ready);
  const shown = typist.type('SELECT 6 * 7;\r\u0004', '42');
  await typist.ended;
  expect(await shown).toContain('42');
  // Read on, a terminal would keep the process alive.
  expect(typist.input.isPaused()).toBe(true);
});
