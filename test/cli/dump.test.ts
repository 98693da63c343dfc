import {expect, test} from 'vitest';
import {ApfFolder, short} from './run-apf.js';

const folder = new ApfFolder();

test('dump prints each event on a line; --from, --to and --kind choose', () => {
  const {events} = folder.json<{events: number}>('record', ...short);
  const lines = (...flags: string[]) =>
    folder
      .run('dump', ...flags)
      .stdout.split('\n')
      .slice(0, -1);
  const all = lines();
  expect(all.length).toBe(events);
  expect(all[0]).toMatch(/^ {8}0 \[000\] {5}0\.00000\d{4} task 0 {3}>dispatch/);
  expect(lines('--from', '10', '--to', '19')).toEqual(all.slice(10, 20));
  expect(lines('--kind', 'deferral', '--kind', 'kill')).toEqual(all.filter((line) => / deferral: | kill: /.test(line)));
  expect(lines('--from', String(events))).toEqual([]);
});

test('dump --json is one document, the same rows as SQL sees', () => {
  folder.run('record', ...short);
  const query = "SELECT * FROM events WHERE kind = 'delivery'";
  expect(folder.json('dump', '--kind', 'delivery')).toEqual(folder.json('query', query));
  expect(folder.json('dump', '--from', '99999999')).toEqual([]);
});

test('no such kind, or bound, is a wrong usage; a pipe that closes is not', () => {
  expect(folder.run('dump', '--kind', 'deliveries').status).toBe(2);
  expect(folder.run('dump', '--from', 'soon').status).toBe(2);
  expect(folder.shell('$APF dump | head -1')).toMatchObject({status: 0, stderr: ''});
});
