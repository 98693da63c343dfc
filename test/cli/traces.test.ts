import fs from 'node:fs';
import {beforeAll, describe, expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {Row} from '../../src/protocol/row.js';
import {resignTrace} from '../trace/resign.js';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();
/** The seq of the first delivery, whose token the forger changes. */
let forgedSeq = -1;

beforeAll(() => {
  folder.run('record', ...short);
  folder.run('record', ...short, '--set', 'tokens=16', '-o', 'other.arrow');
  const whole = fs.readFileSync(folder.file('apf.arrow'));
  fs.writeFileSync(folder.file('cut.arrow'), whole.subarray(0, whole.length - 100));
  const damaged = Buffer.from(whole);
  damaged[Math.floor(whole.length / 2)] ^= 1;
  fs.writeFileSync(folder.file('damaged.arrow'), damaged);
  resignTrace(folder.file('apf.arrow'), folder.file('forged.arrow'), {
    row: (row) => {
      if (forgedSeq === -1 && row[Row.kind] === Kind.delivery) {
        forgedSeq = row[Row.seq];
        row[Row.token] += 1;
      }
      return undefined;
    },
  });
});

describe('apf replay', () => {
  test('a trace is identical', () => {
    expect(folder.run('replay')).toMatchObject({status: 0, stderr: ''});
    const {events} = folder.json('info');
    expect(folder.json('replay')).toEqual({
      identical: true,
      interrupted: false,
      events,
      complete: true,
      difference: null,
    });
  });

  test('a changed row is found, and shown in both ways', () => {
    const ran = folder.run('replay', 'forged.arrow');
    expect(ran).toMatchObject({status: 1, stderr: ''});
    expect(ran.stdout).toContain(`event ${forgedSeq}`);
    expect(ran.stdout).toMatch(/^- .*delivery.*\n\+ .*delivery.*\n\? .*token$/m);
    const document = folder.json<{difference: {seq: number; recorded: object[]; replayed: object[]}}>(
      'replay',
      '-t',
      'forged.arrow',
    );
    expect(document).toMatchObject({identical: false, difference: {seq: forgedSeq, what: 'row'}});
    const at = ({seq}: {seq?: number}) => seq === forgedSeq;
    const [recorded, replayed] = [document.difference.recorded.find(at), document.difference.replayed.find(at)];
    expect(recorded).not.toEqual(replayed);
    expect({...recorded, token: 0}).toEqual({...replayed, token: 0});
  });

  test('an incomplete trace replays to its end: exit 0 and a line on stderr', () => {
    const ran = folder.run('replay', 'cut.arrow');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toMatch(/^apf: .*cut\.arrow.*incomplete.*\n$/);
    expect(folder.json('replay', 'cut.arrow')).toMatchObject({identical: true, complete: false});
  });
});

describe('apf info', () => {
  test('has known keys', () => {
    const document = folder.json('info');
    expect(Object.keys(document)).toEqual([
      'format',
      'behaviour',
      'complete',
      'events',
      'batches',
      'bytes',
      'compression',
      'protocol',
      'seed',
      'scenario',
      'digest',
      'ended',
      'time_ns',
      'problems',
      'scenario_full',
    ]);
    expect(document).toMatchObject({complete: true, scenario: 'token-starvation', protocol: 'pnp', problems: []});
  });

  test('of an incomplete trace is exit 0, a line on stderr and a problem', () => {
    const ran = folder.run('info', 'cut.arrow', '--json');
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('incomplete');
    expect(JSON.parse(ran.stdout)).toMatchObject({complete: false, problems: [{code: 'TRACE_CUT'}]});
  });
});

describe('a damaged trace', () => {
  test.for([
    ['replay', 'damaged.arrow'],
    ['query', '-t', 'damaged.arrow', 'FROM events'],
    ['diff', 'damaged.arrow'],
  ])('is refused by apf %s, which prints none of its rows', (argv) => {
    const ran = folder.run(...argv);
    expect(ran).toMatchObject({status: 65, stdout: ''});
    expect(ran.stderr).toContain('damaged.arrow');
    expect(ran.stderr).toContain('try: apf info');
  });

  test('is told by the view trace_problems', () => {
    const ran = folder.run('query', '-t', 'damaged.arrow', 'FROM trace_problems', '--json');
    expect(ran.status).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject([
      {byte: expect.any(Number), message: expect.stringMatching(/batch 0/)},
    ]);
  });

  test('is told by apf info, with the place, and exit 65', () => {
    const ran = folder.run('info', 'damaged.arrow', '--json');
    expect(ran.status).toBe(65);
    expect(JSON.parse(ran.stdout).problems).toMatchObject([{batch: 0}]);
    expect(ran.stderr).toContain('batch 0');
  });
});

describe('a trace whose second batch is damaged', () => {
  folder.run('record', '--limit-events', '150000', '-o', 'long.arrow');
  const bytes = fs.readFileSync(folder.file('long.arrow'));
  bytes[Math.floor(bytes.length * 0.6)] ^= 1;
  fs.writeFileSync(folder.file('second.arrow'), bytes);

  test('is dumped up to there: the error ends the one document', () => {
    const ran = folder.run('dump', 'second.arrow', '--json');
    expect(ran).toMatchObject({status: 65, stderr: ''});
    const document = JSON.parse(ran.stdout);
    expect([document.length, document.at(-2).seq]).toEqual([65_537, 65_535]);
    expect(document.at(-1)).toMatchObject({error: {code: 'TRACE_DIGEST', exit: 65}});
  });

  test('is dumped up to there: the error follows the last line', () => {
    const ran = folder.run('dump', 'second.arrow');
    expect(ran.status).toBe(65);
    expect(ran.stderr).toMatch(/^apf: second\.arrow: byte \d+: batch 1, /);
    const lines = ran.stdout.split('\n');
    expect(lines.length).toBe(65_536 + 1);
    expect(lines.at(-2)).toMatch(/^ *65535 /);
  });

  test('is no whole one to apf info, and apf repair says what is lost', () => {
    expect(folder.json('info', 'second.arrow')).toMatchObject({complete: false, events: 150_000});
    expect(folder.run('info', 'second.arrow').stdout).toMatch(/3, of which damaged: 1\n.*before it was damaged/s);
    const ran = folder.run('repair', 'second.arrow', '-o', 'mended.arrow');
    expect(ran.stdout).toContain('  lost: 84464 of the events that it tells of\n');
    fs.truncateSync(folder.file('long.arrow'), bytes.length - 10);
    expect(folder.json('repair', 'long.arrow')).toMatchObject({lost_events: 0, events: 150_000});
    expect(folder.run('repair', 'long.arrow').stdout).toContain('  lost: none of the events that it tells of\n');
  });
});

test('a result of no rows makes a file of no rows', () => {
  for (const end of ['ndjson', 'csv', 'parquet']) {
    fs.writeFileSync(folder.file(`empty.${end}`), 'what was there');
    expect(folder.run('query', 'FROM events WHERE false', '-o', `empty.${end}`)).toMatchObject({status: 0});
    expect(fs.readFileSync(folder.file(`empty.${end}`), 'latin1')).not.toContain('what was there');
  }
  expect(folder.run('query', 'SELECT 42 AS n', '-o', '-', '--format', 'csv').stdout).toBe('n\n42\n');
});

describe('apf diff', () => {
  test('of the same trace exits 0', () => {
    expect(folder.run('diff', 'apf.arrow', 'apf.arrow')).toMatchObject({status: 0, stderr: ''});
    const document = folder.json('diff', 'apf.arrow', 'apf.arrow');
    expect(document).toMatchObject({same: true, first_difference: null, scenario: []});
  });

  test('of others exits 1, and says what differs', () => {
    const ran = folder.run('diff', 'apf.arrow', 'other.arrow');
    expect(ran).toMatchObject({status: 1, stderr: ''});
    expect(ran.stdout).toMatch(/^- .*\n\+ .*\n\? /m);
    const document = folder.json<{first_difference: {a: object; b: object}; counts: Record<string, unknown>}>(
      'diff',
      'apf.arrow',
      'other.arrow',
    );
    const keys = ['same', 'first_difference', 'first_state_difference', 'ends', 'scenario', 'counts', 'latency'];
    expect(Object.keys(document)).toEqual(keys);
    expect(document).toMatchObject({same: false, scenario: [{key: 'tokens', a: 4, b: 16}]});
    expect(document.first_difference.a).not.toEqual(document.first_difference.b);
    expect(document.counts.fault).toEqual({a: 200, b: 200, delta: 0});
  });

  test('of recordings that differ in their end only exits 1, and says so', () => {
    for (const [name, time] of [
      ['end-a.arrow', '1500us'],
      ['end-b.arrow', '1501us'],
    ]) {
      folder.run(
        'record',
        'postcopy',
        '--set',
        `until={time: ${time}}`,
        '--set',
        'guest.tasks.0.compute=1ms',
        '-o',
        name,
      );
    }
    const {same, first_difference, ends} = folder.json('diff', 'end-a.arrow', 'end-b.arrow');
    expect({same, first_difference, ends}).toEqual({
      same: false,
      first_difference: null,
      ends: {a: {ended: 'until', time_ns: 1_500_000}, b: {ended: 'until', time_ns: 1_501_000}},
    });
    expect(folder.run('diff', 'end-a.arrow', 'end-b.arrow').status).toBe(1);
  });

  test('its latencies are those of the view latency', () => {
    const {latency} = folder.json<{latency: {a: object}}>('diff', 'apf.arrow', 'apf.arrow');
    const columns = 'count, p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns';
    const rows = folder.json<object[]>('query', `SELECT ${columns} FROM latency WHERE phase = 'latency'`);
    expect(latency.a).toEqual(rows[0]);
  });
});
