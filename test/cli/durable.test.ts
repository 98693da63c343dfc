import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {Dice} from '../property/random-scenario.js';
import {ApfFolder, short} from './run-apf.js';

/*
 * A recording that is killed, or finds its disk full, leaves a trace that every command opens up to its last whole batch,
 * and says that it is not whole; `repair` makes it so.
 */

const endless = ['record', '--set', 'until.faults=100000000'];
const batchRows = 65_536;

/** Each command opens the trace, says on stderr that it is incomplete, and agrees on how many events there are. */
function expectOpens(folder: ApfFolder, trace: string): number {
  const {events, complete} = folder.json<{events: number; complete: boolean} & Record<string, unknown>>('info', trace);
  expect({complete, rest: events % batchRows}).toEqual({complete: false, rest: 0});
  expect(events).toBeGreaterThan(0);
  const told = (status: number) => ({status, stderr: expect.stringMatching(/^apf: .*incomplete.*apf repair/m)});
  expect(folder.run('info', trace)).toMatchObject(told(0));
  const replayed = folder.run('replay', trace, '--json');
  expect(replayed).toMatchObject(told(0));
  expect(JSON.parse(replayed.stdout)).toMatchObject({identical: true, events});
  expect(folder.run('check', trace)).toMatchObject(told(0));
  const queried = folder.run('query', '-t', trace, '--format', 'csv', 'SELECT count(*) AS n FROM events');
  expect(queried).toMatchObject({...told(0), stdout: `n\n${events}\n`});
  const dumped = folder.shell(`$APF dump ${trace} | wc -l`);
  expect(dumped).toMatchObject({...told(0), stdout: expect.stringMatching(new RegExp(`^ *${events}\n$`))});
  expect(folder.run('diff', trace, trace)).toMatchObject(told(0));
  const repaired = folder.json<{events: number; trace: string} & Record<string, unknown>>('repair', trace);
  expect(repaired.events).toBe(events);
  expect(folder.json('replay', repaired.trace)).toMatchObject({complete: true, identical: true, events});
  return events;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What a file has when its first batch is there, and at most for a row. */
const plain = {compression: 'none', firstBytes: 4_800_000, rowBytes: 75};
const compressed = {compression: 'zstd', firstBytes: 700_000, rowBytes: 11};

test('kill -9 at any moment: all but the batches that were in memory is there', async () => {
  const dice = new Dice(20);
  for (let round = 0; round < 4; round++) {
    const folder = new ApfFolder();
    const {compression, firstBytes, rowBytes} = round % 2 === 0 ? plain : compressed;
    const child = folder.start(...endless, '--compression', compression, '-o', 'killed.arrow');
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const file = folder.file('killed.arrow');
    await until(() => fs.existsSync(file) && fs.statSync(file).size > firstBytes);
    await new Promise((resolve) => setTimeout(resolve, dice.below(250)));
    child.kill('SIGKILL');
    await ended;
    const events = expectOpens(folder, 'killed.arrow');
    expect(events).toBeGreaterThan(fs.statSync(file).size / rowBytes - 2 * batchRows);
  }
});

test('kill -9 before the first batch: the trace that was there is there still', async () => {
  const folder = new ApfFolder();
  folder.run('record', ...short, '-o', 'kept.arrow');
  const before = fs.readFileSync(folder.file('kept.arrow'));
  for (const delayMs of [0, 60, 120]) {
    const child = folder.start(...endless, '--set', 'guest.tasks.0.compute=10ms', '-o', 'kept.arrow');
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGKILL');
    await ended;
    const kept = folder.files().includes('kept.old.arrow') ? 'kept.old.arrow' : 'kept.arrow';
    expect(fs.readFileSync(folder.file(kept)).equals(before)).toBe(true);
  }
});

test('Ctrl-C ends it with a whole trace, whenever it comes', async () => {
  const folder = new ApfFolder();
  for (const delayMs of [0, 90, 230]) {
    const child = folder.start(...endless, '-o', 'ended.arrow');
    const ended = new Promise((resolve) => child.on('exit', (status) => resolve(status)));
    await until(() => fs.existsSync(folder.file('ended.arrow')));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(folder.json('info', 'ended.arrow')).toMatchObject({complete: true, ended: 'interrupted'});
    expect(folder.json('replay', 'ended.arrow')).toMatchObject({identical: true, complete: true});
    fs.rmSync(folder.file('ended.arrow'));
  }
});

/** A file system of 12 MB of its own, where the system lets us; else a bound on the size of files. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const limited = canMount ? 'a full file system (tmpfs)' : 'a bound on the size of files';

/** Runs a shell's line in a folder in which nothing larger than that can be written; what is there then is copied out. */
function inFull(folder: ApfFolder, bytes: number, line: string) {
  if (!canMount)
    return folder.shell(
      `trap '' XFSZ; mkdir -p full out; (ulimit -f ${bytes / 512}; cd full; ${line}); status=$?; cp full/* out/; exit $status`,
    );
  const inside = `mount -t tmpfs -o size=${bytes} tmpfs full && cd full && (${line}); status=$?; cp * ../out/; exit $status`;
  return folder.shell(`mkdir -p full out; unshare -rm sh -c '${inside}'`);
}

describe(`${limited}`, () => {
  test('leaves what was written: exit 74, and the trace opens', () => {
    const folder = new ApfFolder();
    const ran = inFull(folder, 12 << 20, '$APF record --set until.faults=40000');
    expect(ran).toMatchObject({status: 74, stdout: ''});
    expect(ran.stderr).toMatch(/^apf: apf\.arrow: cannot write the trace: .*(ENOSPC|EFBIG)/m);
    expect(expectOpens(folder, 'out/apf.arrow')).toBe(2 * batchRows);
  });

  test('in which not one batch has room: the trace that was there is put back', () => {
    const folder = new ApfFolder();
    const ran = inFull(
      folder,
      4 << 20,
      `$APF record ${short.join(' ')} -q; cp apf.arrow first; $APF record --set until.faults=20000`,
    );
    expect(ran.status).toBe(74);
    const [first, kept] = ['out/first', 'out/apf.arrow'].map((name) => fs.readFileSync(folder.file(name)));
    expect(kept.equals(first)).toBe(true);
  });
});

test('a closed pipe ends a recording quietly: nobody reads any more', () => {
  const folder = new ApfFolder();
  const ran = folder.shell(
    'mkfifo pipe; head -c 1000000 < pipe > part.arrow & $APF record --set until.faults=40000 -o pipe; status=$?; wait; exit $status',
  );
  expect(ran.status).toBe(74);
  expect(ran.stderr).toContain('nobody reads the pipe any more');
  expect(folder.run('info', 'part.arrow')).toMatchObject({status: 0, stderr: expect.stringContaining('incomplete')});
});
