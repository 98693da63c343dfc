import fs from 'node:fs';
import {beforeAll, describe, expect, test} from 'vitest';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();
const kinds = 'SELECT kind, count(*) AS events FROM events GROUP BY kind ORDER BY kind';
let events = 0;

beforeAll(() => {
  events = folder.json<{events: number}>('record', ...short).events;
});

describe('apf query', () => {
  test('--json and --format json are one array of row objects, and nothing else', () => {
    const ran = folder.run('query', kinds, '--json');
    expect(ran).toMatchObject({status: 0, stderr: ''});
    const rows = JSON.parse(ran.stdout) as {kind: string; events: number}[];
    expect(rows.reduce((sum, row) => sum + row.events, 0)).toBe(events);
    expect(folder.run('query', '--format', 'json', kinds).stdout).toBe(ran.stdout);
  });

  test('--format csv and ndjson have a line a row', () => {
    const rows = folder.json<{kind: string; events: number}[]>('query', kinds);
    const csv = folder.run('query', '--format', 'csv', kinds);
    expect(csv.stdout).toBe(['kind,events', ...rows.map((row) => `${row.kind},${row.events}`), ''].join('\n'));
    const lines = folder.run('query', '--format', 'ndjson', kinds).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  });

  test('a table is cut at --max-rows, which stderr says', () => {
    const ran = folder.run('query', 'FROM events', '--max-rows', '3');
    expect(ran.status).toBe(0);
    expect(ran.stdout.split('\n')).toHaveLength(3 + 4 + 1);
    expect(ran.stderr).toContain(`3 of ${events} rows`);
  });

  test('--from and --to choose events by seq and by time', () => {
    const count = 'SELECT count(*) AS n FROM events';
    expect(folder.json('query', count, '--from', '10', '--to', '19')).toEqual([{n: 10}]);
    const [{n}] = folder.json<{n: number}[]>('query', count, '--to', '1ms');
    expect(folder.json('query', 'SELECT count(*) AS n FROM events WHERE time_ns <= 1000000')).toEqual([{n}]);
  });

  test('several traces are told apart', () => {
    folder.run('record', ...short, '-o', 'b.arrow');
    const sql = 'SELECT trace, count(*) AS n FROM events GROUP BY trace ORDER BY trace';
    expect(folder.json('query', '-t', 'apf.arrow', '-t', 'b.arrow', sql)).toEqual([
      {trace: 'apf.arrow', n: events},
      {trace: 'b.arrow', n: events},
    ]);
  });

  test('-o writes a file and nothing to stdout; it never replaces the trace that it reads', () => {
    expect(folder.run('query', kinds, '--format', 'csv', '-o', 'kinds.csv')).toMatchObject({status: 0, stdout: ''});
    expect(fs.readFileSync(folder.file('kinds.csv'), 'utf8')).toMatch(/^kind,events\n/);
    expect(folder.run('query', kinds, '-o', './apf.arrow').status).toBe(2);
    expect(folder.json('info')).toMatchObject({complete: true});
    for (const name of ['missing/kinds.csv', 'apf.arrow/kinds.csv', '.', 'x'.repeat(1000)]) {
      expect({name, status: folder.run('query', kinds, '-o', name).status}).toEqual({name, status: 74});
    }
    expect(folder.run('query', kinds, '-t', 'apf.arrow/x', '-o', 'kinds.csv').status).toBe(66);
  });

  test.for(['csv', 'json', 'arrow', 'parquet', 'txt'])(
    'a query that fails late leaves the file of -o as it was: .%s',
    (end) => {
      const name = `old.${end}`;
      const late = "SELECT CASE WHEN seq > 600 THEN error('late') ELSE seq END AS x FROM events, range(300)";
      fs.writeFileSync(folder.file(name), 'old');
      const before = folder.files();
      expect(folder.run('query', late, '-o', name)).toMatchObject({status: 2, stdout: ''});
      expect(fs.readFileSync(folder.file(name), 'utf8')).toBe('old');
      expect(folder.files()).toEqual(before);
      fs.chmodSync(folder.file(name), 0o640);
      expect(folder.run('query', 'SELECT 1 AS x', '-o', name).status).toBe(0);
      expect(fs.statSync(folder.file(name)).mode & 0o777).toBe(0o640);
      expect(folder.files()).toEqual(before);
    },
  );

  test.for(['x.xlsx', 'x.csv.gz', 'x.constructor'])(
    'a name that says no known format makes a table, and a note: %s',
    (name) => {
      const ran = folder.run('query', 'SELECT 1 AS x', '-o', name);
      expect(ran.status).toBe(0);
      expect(ran.stderr).toContain(`-o ${name}: its name says no format that is known`);
      expect(fs.readFileSync(folder.file(name), 'utf8')).toContain('│ x │');
      expect(folder.run('query', 'SELECT 1 AS x', '-o', name, '--format', 'csv').stderr).toBe('');
    },
  );

  test('the name of -o says the format, unless --format does', () => {
    const one = 'SELECT 1 AS x';
    const written = (name: string, ...flags: string[]) => {
      expect(folder.run('query', one, '-o', name, ...flags)).toMatchObject({status: 0, stdout: '', stderr: ''});
      return fs.readFileSync(folder.file(name));
    };
    expect(String(written('one.csv'))).toBe('x\n1\n');
    expect(String(written('one.tsv', '--format', 'json'))).toBe('[\n{"x":1}\n]\n');
    expect(String(written('one.md'))).toMatch(/^\| x \|\n/);
    expect(String(written('one.ndjson'))).toBe('{"x":1}\n');
    expect(String(written('one.txt'))).toMatch(/^┌/);
    expect(String(written('one.arrow').subarray(0, 6))).toBe('ARROW1');
    expect(String(written('one.parquet').subarray(0, 4))).toBe('PAR1');
  });

  test('arrow and parquet go into a pipe as they go into a file', () => {
    for (const format of ['arrow', 'parquet']) {
      folder.run('query', kinds, '-o', `piped.${format}`);
      const ran = folder.shell(`$APF query --format ${format} '${kinds}' | cmp - piped.${format}`);
      expect(ran).toMatchObject({status: 0, stdout: '', stderr: ''});
    }
  });

  test('SQL comes from a file or standard input, and a file may hold several SELECTs', () => {
    fs.writeFileSync(folder.file('two.sql'), `-- two\nSELECT 1 AS x; SELECT $y AS y;\n`);
    const two = folder.run('query', '-f', 'two.sql', '--format', 'ndjson', '-p', 'y=2');
    expect(two).toMatchObject({status: 0, stdout: '{"x":1}\n{"y":2}\n', stderr: ''});
    expect(folder.run('query', '-f', 'two.sql', '-p', 'y=2', '--json').status).toBe(2);
    expect(folder.shell("echo 'SELECT 1 AS x' | $APF query - --format csv").stdout).toBe('x\n1\n');
    expect(folder.shell("echo 'SELECT 1 AS x; SELECT 2 AS x' | $APF query -f - --format csv").stdout).toBe(
      'x\n1\nx\n2\n',
    );
    expect(folder.shell("echo 'SELECT 1; SELECT 2' | $APF query -").status).toBe(2);
    expect(folder.shell("echo 'SELECT 1' | $APF query").status).toBe(2);
    expect(folder.run('query', '-f', 'missing.sql').status).toBe(66);
    expect(folder.run('query', '-f', 'two.sql', 'SELECT 1').status).toBe(2);
  });

  test('-p gives values to parameters, each of its own type', () => {
    const sql = 'SELECT $n AS n, $hex AS hex, $f AS f, $t AS t, $s AS s, $q AS q, $b AS b, $z AS z, $e AS e';
    const flags = ['n=-3', 'hex=0xffffffffffffffff', 'f=1.5', 't=1.5ms', 's=a=b c', "q='12'", 'b=true', 'z=null', 'e='];
    expect(folder.run('query', sql, '--format', 'ndjson', ...flags.flatMap((flag) => ['-p', flag])).stdout).toBe(
      '{"n":-3,"hex":18446744073709551615,"f":1.5,"t":1500000,"s":"a=b c","q":"12","b":true,"z":null,"e":""}\n',
    );
    const count = 'SELECT count(*) AS n FROM events WHERE kind = $kind AND seq < $below';
    expect(folder.json('query', count, '-p', 'kind=fault', '-p', 'below=5')).toEqual([{n: 1}]);
  });

  test.for([
    [['-p', 'x=1', 'SELECT 1'], '$x'],
    [['-p', 'limits=1', 'SELECT $limit'], '-p limit'],
    [['-p', 'x=1', '-p', 'x=2', 'SELECT $x'], 'twice'],
    [['-p', 'x', 'SELECT $x'], 'name=value'],
    [['SELECT ?'], '-p 1='],
  ] as const)('a parameter that does not fit is a wrong usage: %s', ([argv, says]) => {
    const ran = folder.run('query', ...argv);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(says);
  });

  test('--timing and --explain', () => {
    const ran = folder.run('query', kinds, '--timing', '--format', 'csv');
    expect(ran.stderr).toMatch(/^apf: \d+ rows in \d+\.\d ms\n$/);
    expect(folder.run('query', kinds, '--format', 'csv').stdout).toBe(ran.stdout);
    expect(folder.run('query', kinds, '--explain').stdout).toContain('SCAN_TRACE');
  });

  test('an SQL error is a usage error, and leaves the file of -o alone', () => {
    fs.writeFileSync(folder.file('kept.csv'), 'kept');
    const ran = folder.run('query', 'SELECT nothing FROM events', '-o', 'kept.csv');
    expect(ran).toMatchObject({status: 2, stdout: ''});
    expect(ran.stderr).toContain('nothing');
    expect(fs.readFileSync(folder.file('kept.csv'), 'utf8')).toBe('kept');
    expect(folder.run('query', 'DELETE FROM events').status).toBe(2);
  });

  test('--schema lists every view without a trace', () => {
    const empty = new ApfFolder();
    const ran = empty.run('query', '--schema');
    expect(ran).toMatchObject({status: 0, stderr: ''});
    expect(ran.stdout).toMatch(/^faults: /m);
    const views = empty.json<{view: string; columns: {name: string; comment: string}[]}[]>('query', '--schema');
    for (const {view, columns} of views) {
      for (const {name, comment} of columns) expect(comment, `${view}.${name}`).not.toBe('');
    }
  });
});

describe('a reader that goes away', () => {
  test('head gets its line, and apf ends without a word', () => {
    const ran = folder.shell("$APF query --format csv 'SELECT a.seq FROM events a, range(200)' | head -n 1");
    expect(ran).toMatchObject({status: 0, stdout: 'seq\n', stderr: ''});
  });

  test('a slow pipe gets everything', () => {
    const sql = 'SELECT seq, time_ns, kind FROM events, range(20) ORDER BY seq';
    const ran = folder.shell(`$APF query --format csv '${sql}' | (sleep 1; wc -l)`);
    expect(Number(ran.stdout)).toBe(20 * events + 1);
  });

  test.skipIf(!fs.existsSync('/dev/full'))('a full disk is exit 74', () => {
    const ran = folder.shell(`$APF query --format csv '${kinds}' > /dev/full`);
    expect(ran.status).toBe(74);
    expect(ran.stderr).toContain('ENOSPC');
  });
});
