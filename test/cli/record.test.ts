import {once} from 'node:events';
import fs from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, test} from 'vitest';
import {recordNotes} from '../../src/cli/record-result.js';
import {ApfFolder, short} from './run-apf.js';

const documentKeys = [
  'events',
  'faults',
  'deliveries',
  'deferrals',
  'sleeps',
  'kills',
  'resolutions',
  'time_ns',
  'ended',
  'digest',
  'trace',
];

describe('apf record', () => {
  test('prints a document of known keys', () => {
    const folder = new ApfFolder();
    const ran = folder.run('record', ...short, '--json');
    expect(ran).toMatchObject({status: 0, stderr: ''});
    const document = JSON.parse(ran.stdout);
    expect(Object.keys(document)).toEqual(documentKeys);
    expect(document).toMatchObject({faults: 200, ended: 'until', trace: 'apf.arrow'});
  });

  test('prints a summary with the digest, and nothing on stderr', () => {
    const folder = new ApfFolder();
    const {digest} = folder.json('record', ...short);
    const ran = folder.run('record', ...short);
    expect(ran).toMatchObject({status: 0, stderr: ''});
    expect(ran.stdout).toContain(digest);
  });

  test('keeps the trace before as apf.old.arrow, and writes no other file', () => {
    const folder = new ApfFolder();
    const first = folder.json('record', ...short, '--seed', '1');
    const second = folder.json('record', ...short, '--seed', '2');
    expect(folder.files()).toEqual(['apf.arrow', 'apf.old.arrow']);
    expect(folder.json('info', 'apf.old.arrow').digest).toBe(first.digest);
    expect(folder.json('info').digest).toBe(second.digest);
    expect(second.digest).not.toBe(first.digest);
  });

  test('records the same bytes twice', () => {
    const folder = new ApfFolder();
    folder.run('record', ...short, '-o', 'a.arrow');
    folder.run('record', ...short, '-o', 'b.arrow');
    expect(fs.readFileSync(folder.file('a.arrow')).equals(fs.readFileSync(folder.file('b.arrow')))).toBe(true);
  });

  test('--set and --seed override the scenario, which the trace holds', () => {
    const folder = new ApfFolder();
    folder.run('record', ...short, '--set', 'tokens=9', '--set', 'host.io.latency=50us', '--seed', '7');
    const {seed, scenario_full: scenario} = folder.json<{seed: number; scenario_full: Record<string, unknown>}>('info');
    expect(seed).toBe(7);
    expect(scenario).toMatchObject({tokens: 9, host: {io: {latency: {constant: 50_000}}}, until: {faults: 200}});
  });

  test('--limit-events ends after so many, also inside a step; the trace is whole', () => {
    const folder = new ApfFolder();
    expect(folder.json('record', ...short, '--limit-events', '1234')).toMatchObject({events: 1234});
    expect(folder.json('info')).toMatchObject({events: 1234, complete: true});
    expect(folder.run('replay').status).toBe(0);
  });

  test('--no-trace writes no file and counts the same', () => {
    const folder = new ApfFolder();
    const counted = folder.json('record', ...short, '--no-trace');
    expect(counted).toMatchObject({digest: null, trace: null});
    expect(folder.files()).toEqual([]);
    const {digest: _digest, trace: _trace, ...recorded} = folder.json('record', ...short);
    expect(counted).toMatchObject(recorded);
  });

  test('--accesses all writes those that hit too', () => {
    const folder = new ApfFolder();
    const {events} = folder.json<{events: number}>('record', ...short, '--no-trace');
    expect(folder.json<{events: number}>('record', ...short, '--no-trace', '--accesses', 'all').events).toBeGreaterThan(
      events,
    );
  });

  test('a killed guest is a whole trace: exit 0, a line on stderr, and how it ended', () => {
    const folder = new ApfFolder();
    const ran = folder.run('record', 'memory-failure', '--set', 'tokens=0', '--json');
    expect(ran.status).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ended: 'killed', kills: 1});
    expect(ran.stderr).toMatch(/^apf: .*killed.*\n$/);
    expect(folder.json('info')).toMatchObject({complete: true, ended: 'killed'});
    expect(folder.run('record', 'memory-failure', '--set', 'tokens=0', '--quiet').stderr).toBe('');
  });

  test('a stuck run says what the first few wait for', () => {
    const waits = Array.from({length: 20}, (_, task) => ({who: `task ${task}`, waits: 'a vcpu to run on'}));
    const notes = recordNotes(
      {events: 1, counts: {}, timeNs: 1, accesses: 0, ended: 'stuck', digest: null, waits},
      null,
    );
    expect(notes[1]).toContain('task 0 waits for a vcpu to run on');
    expect(notes.length).toBeLessThan(12);
  });

  test('exits 74 where the folder does not exist', () => {
    const folder = new ApfFolder();
    const ran = folder.run('record', ...short, '-o', 'missing/trace.arrow');
    expect(ran).toMatchObject({status: 74, stdout: ''});
    expect(ran.stderr).toContain('missing/trace.arrow');
  });

  test('Ctrl-C ends it cleanly: exit 130 and a whole trace that replays', async () => {
    const folder = new ApfFolder();
    const child = folder.start('record', 'overcommit', '--set', 'until.faults=1000000000', '-o', 'long.arrow');
    const closed = once(child, 'close');
    while (!fs.existsSync(folder.file('long.arrow'))) await sleep(20);
    child.kill('SIGINT');
    expect(await closed).toEqual([130, null]);
    expect(folder.json('info', 'long.arrow')).toMatchObject({complete: true, ended: 'interrupted', problems: []});
    expect(folder.run('replay', 'long.arrow').status).toBe(0);
  });
});
