import {expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {Row} from '../../src/protocol/row.js';
import {resignTrace} from '../trace/resign.js';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();

interface Checked {
  holds: boolean;
  events: number;
  violations: {invariant: string; seq: number; rows: number[]; proof?: {kind: string}[]}[];
  never_reached: string[];
}

test('a recording holds: exit 0, and what was never reached is said', () => {
  folder.run('record', ...short);
  expect(folder.run('check')).toMatchObject({status: 0, stderr: ''});
  const {holds, violations, never_reached} = folder.json<Checked & Record<string, unknown>>('check');
  expect({holds, violations}).toEqual({holds: true, violations: []});
  expect(never_reached).toContain('AL-S13'); // nobody was killed
});

test('a trace forged well enough for its digests breaks the invariant that names it: exit 1, with the rows', () => {
  folder.run('record', ...short, '-o', 'true.arrow');
  let seq = -1;
  const row = (register: Float64Array) => {
    if (register[Row.kind] === Kind.resolution && seq < 0) {
      seq = register[Row.seq];
      register[Row.token] = 9999;
    }
    return undefined;
  };
  resignTrace(folder.file('true.arrow'), folder.file('forged.arrow'), {row});
  expect(folder.run('check', 'forged.arrow').status).toBe(1);
  const {violations} = folder.json<Checked & Record<string, unknown>>('check', 'forged.arrow');
  expect(violations[0]).toMatchObject({invariant: 'AL-S3', seq, rows: [seq], proof: [{kind: 'resolution'}]});
});

test('a host that resolves a token twice is recorded with exit 0, and found out with exit 1', () => {
  const bug = 'misbehave=[{party: host, bug: double_resolve, after: 100}]';
  expect(folder.run('record', ...short, '--set', bug, '-o', 'twice.arrow').status).toBe(0);
  const {status, stdout} = folder.run('check', '-t', 'twice.arrow');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^AL-S3 at event \d+/m);
  const {violations} = folder.json<Checked & Record<string, unknown>>('check', '-t', 'twice.arrow');
  expect(violations[0]).toMatchObject({invariant: 'AL-S3', proof: [{kind: 'resolution'}, {kind: 'resolution'}]});
  expect(folder.run('replay', '-t', 'twice.arrow').status).toBe(0);
});

test('a recording that was cut inside a step is judged by what is there', () => {
  for (const limit of [3, 4, 5, 6, 200]) {
    folder.run('record', ...short, '--limit-events', String(limit));
    expect(folder.run('check').status, `${limit} events`).toBe(0);
  }
});

test('--list needs no trace', () => {
  const {status, stdout} = new ApfFolder().run('check', '--list');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^AL-S1 /m);
});
