import fs from 'node:fs';
import {beforeAll, describe, expect, test} from 'vitest';
import {ApfFolder} from './run-apf.js';

const folder = new ApfFolder();
let whole: Buffer;

interface Repaired {
  events: number;
  batches: number;
  dropped_bytes: number;
  problems: string[];
  ended: string;
  digest: string;
  trace: string;
}

beforeAll(() => {
  folder.run('record', 'overcommit', '--set', 'until.faults=12000', '-o', 'whole.arrow');
  whole = fs.readFileSync(folder.file('whole.arrow'));
});

/** Writes a file and repairs it. */
function repair(name: string, bytes: Buffer): Repaired {
  fs.writeFileSync(folder.file(`${name}.arrow`), bytes);
  const document = folder.json<Repaired & Record<string, unknown>>('repair', `${name}.arrow`);
  expect(fs.readFileSync(folder.file(`${name}.arrow`)).equals(bytes)).toBe(true);
  return document;
}

/** Every command opens it as whole, with so many events. */
function expectWhole(trace: string, events: number): void {
  expect(folder.json('info', trace)).toMatchObject({complete: true, events});
  expect(folder.json('replay', trace)).toMatchObject({identical: true, events});
  expect(folder.run('check', trace)).toMatchObject({status: 0, stderr: ''});
  const counted = folder.json<{n: number}[] & Record<string, unknown>>(
    'query',
    '-t',
    trace,
    'SELECT count(*) AS n FROM events',
  );
  expect(counted).toEqual([{n: events}]);
}

describe('repair', () => {
  test('of a trace cut inside a batch: its whole batches, a whole file', () => {
    const at = Math.floor(whole.length / 2);
    const {events, batches, ended, trace, problems, dropped_bytes} = repair('cut', whole.subarray(0, at));
    expect({trace, ended}).toEqual({trace: 'cut.repaired.arrow', ended: 'cut'});
    expect(events).toBe(batches * 65_536);
    expect(problems).toEqual([expect.stringMatching(/^cut inside batch \d, \d+ bytes dropped$/)]);
    expect(dropped_bytes).toBeGreaterThan(0);
    expectWhole(trace, events);
    const rows = (name: string) => folder.run('dump', name).stdout.split('\n').slice(0, events);
    expect(rows(trace)).toEqual(rows('whole.arrow'));
  });

  test('of a flipped byte: what comes before its batch', () => {
    const bytes = Buffer.from(whole);
    bytes[Math.floor(whole.length * 0.7)] ^= 0x10;
    const {events, trace, problems} = repair('flipped', bytes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^batch \d/);
    expect(events % 65_536).toBe(0);
    expectWhole(trace, events);
  });

  test('of a wrong footer: every row, and the bytes that it should have had', () => {
    const bytes = Buffer.from(whole);
    bytes[bytes.length - 100] ^= 1;
    fs.writeFileSync(folder.file('footer.arrow'), bytes);
    expect(folder.run('info', 'footer.arrow')).toMatchObject({status: 65});
    expect(folder.run('info', 'footer.arrow').stderr).toContain('apf repair footer.arrow');
    const {trace, dropped_bytes} = repair('footer', bytes);
    expect(dropped_bytes).toBeGreaterThanOrEqual(0);
    expect(fs.readFileSync(folder.file(trace)).equals(whole)).toBe(true);
  });

  test('of a missing footer: the same bytes as the whole recording', () => {
    const {trace} = repair('nofooter', whole.subarray(0, whole.length - 200));
    expect(fs.readFileSync(folder.file(trace)).equals(whole)).toBe(true);
  });

  test('of a whole trace: the same bytes, and said', () => {
    const ran = folder.run('repair', 'whole.arrow', '-o', 'again.arrow');
    expect(ran).toMatchObject({status: 0, stderr: ''});
    expect(ran.stdout).toContain('whole.arrow was whole');
    expect(fs.readFileSync(folder.file('again.arrow')).equals(whole)).toBe(true);
  });

  test('of a trace cut before its first batch: a whole trace without events', () => {
    const {events, trace} = repair('early', whole.subarray(0, 20_000));
    expect(events).toBe(0);
    expectWhole(trace, 0);
  });

  test('never writes over the trace, and says what it cannot read', () => {
    expect(folder.run('repair', 'whole.arrow', '-o', './whole.arrow')).toMatchObject({status: 2, stdout: ''});
    fs.writeFileSync(folder.file('text.arrow'), 'no trace');
    expect(folder.run('repair', 'text.arrow')).toMatchObject({status: 65, stdout: ''});
    expect(folder.run('repair', 'missing.arrow')).toMatchObject({status: 66, stdout: ''});
    expect(folder.files()).not.toContain('text.repaired.arrow');
  });
});
