import fs from 'node:fs';
import {expect, test} from 'vitest';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();

test('a document that cannot be written is an I/O error, told on stderr', () => {
  folder.run('record', ...short);
  for (const command of ['info', 'nosuch']) {
    const {status, stderr} = folder.shell(`$APF ${command} --json > /dev/full`);
    expect({command, status, stderr}).toEqual({
      command,
      status: 74,
      stderr: 'apf: stdout: cannot write the result: ENOSPC\n',
    });
  }
});

test.for(['--help', '--version', 'record --help'])('%s that cannot be written is an I/O error', (command) => {
  const {status, stderr} = folder.shell(`$APF ${command} > /dev/full`);
  expect({status, stderr}).toEqual({status: 74, stderr: 'apf: stdout: cannot write the result: ENOSPC\n'});
});

test('SQL without an end is not read to its end', () => {
  folder.run('record', ...short);
  for (const command of ['query -f /dev/zero', 'query - < /dev/zero']) {
    const {status, stderr} = folder.shell(`$APF ${command}`);
    expect(status).toBe(2);
    expect(stderr).toContain('found more than 1048576 bytes, expected SQL');
  }
});

test.for([
  ['cycle.yaml', '&a [*a]', 'an alias within its own anchor'],
  ['cycle.yaml', 'name: x\nguest: &a {tasks: *a}', 'an alias within its own anchor'],
  ['proto.yaml', 'options: {__proto__: 1}', 'options.__proto__: unknown option'],
  ['nan.yaml', 'tokens: .nan', 'tokens: found .nan'],
  ['inf.yaml', 'tokens: -.inf', 'tokens: found -.inf'],
  [
    'zero.yaml',
    'guest: {tasks: [{accesses: {trace: /dev/zero, format: lackey}}]}',
    '/dev/zero: found a pipe or a device',
  ],
  ['log.yaml', 'host: {io: {latency: {log: ./fifo}}}', 'fifo: found a pipe or a device'],
])('%s, %s, is bad data', ([name, text, found]) => {
  fs.rmSync(folder.file('fifo'), {force: true});
  folder.shell('mkfifo fifo');
  fs.writeFileSync(folder.file(name), text);
  const {status, stderr} = folder.run('record', `./${name}`, '--no-trace');
  expect(status).toBe(65);
  expect(stderr).toContain(found);
});

test('SQL of nothing but semicolons is no statement', () => {
  expect(folder.run('query', ' ; ;')).toMatchObject({status: 2, stdout: ''});
  expect(folder.run('query', ' ; ;').stderr).toContain('expected one SELECT');
});

test('a result in a file has all its rows', () => {
  const {events} = folder.json<{events: number}>('record', ...short);
  folder.run('query', '-o', 'rows.txt', 'SELECT seq FROM events');
  const rows = fs
    .readFileSync(folder.file('rows.txt'), 'utf8')
    .split('\n')
    .filter((line) => /\d/.test(line));
  expect(rows.length).toBe(events);
});

test('a built-in scenario that reads a workload runs as a copy, from any folder', () => {
  fs.writeFileSync(folder.file('copy.yaml'), folder.run('scenarios', 'show', 'real-program').stdout);
  const [copy, original] = ['./copy.yaml', 'real-program'].map((name) => folder.json('record', name));
  expect(copy).toEqual(original);
});

test('SIGTERM ends a recording as cleanly as Ctrl-C', async () => {
  const child = folder.start('record', '--set', 'until.faults=100000000', '-o', 'ended.arrow');
  while (!fs.existsSync(folder.file('ended.arrow'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const status = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  expect(await status).toBe(130);
  expect(folder.json('info', 'ended.arrow')).toMatchObject({complete: true, ended: 'interrupted'});
});

test('a flag with a value that is none is named', () => {
  for (const flag of ['--seed', '--limit-events']) {
    const {status, stderr} = folder.run('record', flag, 'many');
    expect({status, named: stderr.startsWith(`apf: ${flag}: `)}).toEqual({status: 2, named: true});
  }
});
