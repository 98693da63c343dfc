import path from 'node:path';
import {expect, test} from 'vitest';
import {record} from '../../src/record/record.js';
import {type Overrides, scenarioOf, tasks} from '../check/run-scenario.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

/** Views over recordings whose answers follow from their scenarios. */
const folder = temporaryFolder();
const fresh = {pattern: 'fresh', pages: 64, skew: 0.99, count: 5} as const;
const costs = {delivery: 0, step: 500, switch: 0, interrupt: 0, hypercall: 0};

async function recorded(name: string, overrides: Overrides): Promise<(sql: string) => Promise<string>> {
  const output = path.join(folder, `${name.replaceAll('/', '-')}.arrow`);
  const scenario = scenarioOf({vcpus: 1, ...overrides});
  await record({
    scenario,
    files: new Map(),
    output,
    limitEvents: null,
    accessesAll: false,
    signal: null,
    onProgress: null,
  });
  return async (sql) => (await queryText({traces: [output], sql})).split('\n').slice(1, -1).join(' ');
}

const runTimes = "SELECT sum(duration_ns) FROM vcpu_states WHERE state = 'run'";
const unparksInHandlers = `SELECT count(*) FROM (
  SELECT kind, lag(kind) OVER (PARTITION BY fault ORDER BY seq) AS before FROM events WHERE kind IN ('park', 'unpark', 'iret')
  AND reason IS DISTINCT FROM 'page_ready') WHERE kind = 'unpark' AND before = 'park'`;

/** Each of the tasks computes 10 us before each of its 5 accesses, whatever comes in between. */
test.for([
  ['one task, I/O of 1.2 us', 1, 'fifo', 1_200, true],
  ['one task, I/O of 0 ns', 1, 'fifo', 0, false],
  ['three tasks in turns, I/O of 1 us', 3, 'round-robin', 1_000, true],
  ['three tasks, I/O of 1 us', 3, 'fifo', 1_000, true],
] as const)(
  'handlers with interrupts: the time that tasks run is what they compute: %s',
  async ([name, count, policy, latency, isCancelled]) => {
    const one = await recorded(name, {
      host: {io: {latency: {constant: latency}}},
      guest: {tasks: [tasks(count, {accesses: fresh})], scheduler: {policy, slice: 10_300}},
      costs,
      options: {'handler.interrupts': 'on'},
    });
    expect(await one(runTimes)).toBe(String(count * 5 * 10_000));
    expect(Number(await one(unparksInHandlers)) > 0).toBe(isCancelled);
    if (count === 1) expect(await one("FROM starvation(threshold := 0) WHERE pattern = 'run_queue'")).toBe('');
  },
);

test('a victim that waits for the hog on its vCPU from the start is one row', async () => {
  const group = {vcpu: 0, accesses: {...fresh, count: 1}};
  const hog = tasks(1, {...group, name: 'hog', compute: {constant: 100_000_000}});
  const one = await recorded('hog', {guest: {tasks: [hog, tasks(1, {...group, name: 'victim'})]}});
  expect(await one('FROM starvation')).toBe('run_queue,0,1,0,100000000,0');
});

test('no wait for a token outlasts a failed page that the guest recovers from', async () => {
  const one = await recorded('failing', {
    vcpus: 2,
    tokens: 1,
    host: {failures: {pages: [3, 5, 7, 11, 13, 17, 19, 23]}, recovery: 'exception'},
  });
  expect(Number(await one("SELECT count(*) FROM faults WHERE outcome = 'recovered' AND reason = 'no_token'"))).not.toBe(
    0,
  );
  const waits =
    "FROM starvation(threshold := 0) WHERE pattern = 'no_token' AND evidence IN (SELECT fault FROM faults WHERE outcome = 'recovered')";
  expect(await one(`SELECT count(*) > 0, max(duration_ns) < 1000000 ${waits}`)).toBe('true,true');
});

test('a name that the text of a query does not show is found all the same', async () => {
  const ask = await recorded('hidden', {guest: {tasks: [tasks(1, {accesses: fresh})]}});
  expect(await ask("SELECT count(*) FROM query_table('fau' || 'lts')")).toBe('5');
});
