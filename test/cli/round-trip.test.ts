import fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {Row} from '../../src/protocol/row.js';
import {resignTrace} from '../trace/resign.js';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();
const builtins = [
  'overcommit',
  'token-starvation',
  'interrupts-off',
  'memory-failure',
  'postcopy',
  'waiting',
  'real-program',
];

test('the list of built-in scenarios is the one tried here', () => {
  const {stdout} = folder.run('scenarios', '--json');
  expect(JSON.parse(stdout).map(({name}: {name: string}) => name)).toEqual(builtins);
});

describe.for(builtins)('%s', (name) => {
  test('recorded and replayed; recorded again, the bytes are the same', () => {
    expect(folder.run('record', name, '--seed', '7')).toMatchObject({status: 0, stderr: ''});
    expect(folder.run('replay')).toMatchObject({status: 0, stderr: ''});
    expect(folder.run('record', name, '--seed', '7')).toMatchObject({status: 0});
    const [bytes, before] = ['apf.arrow', 'apf.old.arrow'].map((file) => fs.readFileSync(folder.file(file)));
    expect(bytes.equals(before)).toBe(true);
  });
});

describe('a trace that somebody changed', () => {
  const recorded = ['record', ...short, '-o', 'true.arrow'] as const;

  test('one row changed, its digests good again: replay exits 1 and names the row', () => {
    folder.run(...recorded);
    const row = (register: Float64Array) => {
      if (register[Row.seq] === 1234) register[Row.vcpu] = 7;
      return undefined;
    };
    resignTrace(folder.file('true.arrow'), folder.file('forged.arrow'), {row});
    const {status, stdout} = folder.run('replay', 'forged.arrow');
    expect(status).toBe(1);
    expect(stdout).toContain('1234');
    expect(folder.json<{difference: {seq: number}}>('replay', 'forged.arrow').difference.seq).toBe(1234);
  });

  test('a byte changed: its digest no longer fits, exit 65', () => {
    folder.run(...recorded);
    const bytes = fs.readFileSync(folder.file('true.arrow'));
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(folder.file('damaged.arrow'), bytes);
    expect(folder.run('replay', 'damaged.arrow')).toMatchObject({status: 65, stdout: ''});
    expect(folder.run('query', '-t', 'damaged.arrow', 'SELECT count(*) FROM faults').status).toBe(65);
  });

  test('a scenario in its metadata that asks for too much is bad data', () => {
    folder.run(...recorded);
    for (const scenario of [{}, {vcpus: 1e9}, null]) {
      resignTrace(folder.file('true.arrow'), folder.file('greedy.arrow'), {metadata: {scenario}});
      expect(folder.run('replay', 'greedy.arrow')).toMatchObject({status: 65, stdout: ''});
    }
  });
});

test('a recording that ends inside a step replays up to its last row', () => {
  for (const limit of [1, 2, 3, 4, 5, 6, 37]) {
    expect(folder.json('record', ...short, '--limit-events', String(limit)).events).toBe(limit);
    expect(folder.json('replay')).toMatchObject({identical: true, events: limit});
  }
});

test('--no-trace counts the same events and writes nothing', () => {
  const [traced, counted] = [[], ['--no-trace']].map((flags) => folder.json('record', 'memory-failure', ...flags));
  expect({...counted, digest: null, trace: null}).toEqual({...traced, digest: null, trace: null});
});

test('--accesses all writes the accesses that hit, and replays', () => {
  const set = ['--set', 'until.accesses=2000', '--accesses', 'all'];
  folder.run('record', 'overcommit', ...set);
  expect(folder.run('replay').status).toBe(0);
  const [{accesses}] = folder.json<{accesses: number}[] & Record<string, unknown>>(
    'query',
    `SELECT count(*) AS accesses FROM events WHERE kind IN ('retire', 'abandon')`,
  );
  expect(accesses).toBe(2000);
});
