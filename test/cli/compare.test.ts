import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {listBuiltins} from '../../src/scenario/builtin.js';
import {ApfFolder} from './run-apf.js';

interface Compared {
  scenario: string;
  seed: number;
  protocols: {
    protocol: string;
    ended: string;
    time_ns: number;
    events: number;
    accesses: number;
    faults: number;
    deliveries: number;
    deferrals: Record<string, number>;
    sleeps: number;
    sleep_ns: number;
    latency: Record<string, number>;
    exits: Record<string, number>;
    interrupts: {ready: number; device: number};
    nesting: number;
    kills: number;
    left_out: string[];
  }[];
}

const folder = new ApfFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/scenarios/${name}.yaml`, import.meta.url));
const compare = (...argv: string[]) => folder.json<Compared & Record<string, unknown>>('scenarios', 'compare', ...argv);

/** Of each protocol, by its name. */
function each<T>({protocols}: Compared, pick: (one: Compared['protocols'][number]) => T): Record<string, T> {
  return Object.fromEntries(protocols.map((one) => [one.protocol, pick(one)]));
}

describe('every built-in scenario runs under every protocol', () => {
  test.each(listBuiltins().map(({name}) => name))('%s', (name) => {
    const compared = compare(name, '--set', 'until.faults=150', '--seed', '3');
    expect(compared).toMatchObject({scenario: name, seed: 3});
    expect(Object.keys(each(compared, () => 0))).toEqual(['pnp', 'apf-int', 'apf-pf', 've']);
    for (const {protocol, ended, faults, kills} of compared.protocols) {
      // The protocols of Linux cannot tell the guest of a failed page: a second access to it kills.
      const dies = name === 'memory-failure' && protocol.startsWith('apf-');
      expect({ended, kills}, protocol).toEqual(dies ? {ended: 'killed', kills: 1} : {ended: 'until', kills: 0});
      expect(faults, protocol).toBeGreaterThanOrEqual(dies ? 1 : 150);
    }
    expect(folder.files()).toEqual([]);
  });
});

test.each(['pnp', 'apf-int', 'apf-pf', 've'])('the figures of %s are what SQL says of a recording', (protocol) => {
  const set = ['token-starvation', '--set', 'until.faults=400', '--seed', '5'];
  const run = compare(...set).protocols.find((one) => one.protocol === protocol);
  folder.run('record', ...set, '--set', `protocol=${protocol}`, '-o', 'one.arrow');
  const ask = (sql: string) =>
    folder.json<Record<string, number>[] & Record<string, unknown>>('query', '-t', 'one.arrow', sql);
  const [counts] = ask(`SELECT count(*) AS events,
    count(*) FILTER (kind = 'delivery') AS deliveries, count(*) FILTER (kind = 'sleep') AS sleeps,
    count(*) FILTER (kind = 'interrupt') AS ready, count(*) FILTER (kind = 'halt' AND reason = 'hlt') AS hlt,
    count(*) FILTER (kind IN ('ack', 'enable')) AS msrs, count(*) FILTER (kind = 'hypercall') AS hypercalls FROM events`);
  const {exits, interrupts, events, deliveries, sleeps} = run ?? compare().protocols[0];
  const {hlt, msrs, hypercalls} = exits;
  expect({events, deliveries, sleeps, ready: interrupts.ready, hlt, msrs, hypercalls}).toEqual(counts);
  const [latency] = ask(`SELECT count, p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns FROM latency WHERE phase = 'latency'`);
  expect(run?.latency).toEqual(latency);
  const reasons = ask(`SELECT reason, count(*) AS n FROM events WHERE kind = 'deferral' GROUP BY ALL`);
  expect(run?.deferrals).toEqual(Object.fromEntries(reasons.map(({reason, n}) => [reason, n])));
  const [{ns}] =
    ask(`SELECT coalesce(sum(w - time_ns), 0)::BIGINT AS ns FROM (SELECT kind, time_ns, lead(time_ns) OVER (PARTITION BY vcpu ORDER BY seq) AS w
    FROM events WHERE kind IN ('sleep', 'wakeup')) WHERE kind = 'sleep'`);
  expect(run?.sleep_ns).toBe(ns);
});

test('the end of a run ends the sleeps that it cuts short, as in vcpu_states', () => {
  const set = ['interrupts-off', '--set', 'until.time=5ms', '--seed', '3'];
  const sleep = each(compare(...set), ({sleep_ns}) => sleep_ns);
  const cut = Object.keys(sleep).map((protocol) => {
    folder.run('record', ...set, '--set', `protocol=${protocol}`, '-o', 'one.arrow');
    const [{ns, ended}] = folder.json<{ns: number; ended: number}[]>(
      'query',
      '-t',
      'one.arrow',
      `SELECT coalesce(sum(duration_ns), 0)::BIGINT AS ns,
        coalesce(sum(duration_ns) FILTER (end_ns < (SELECT end_ns FROM trace_info)), 0)::BIGINT AS ended
      FROM vcpu_states WHERE state = 'sleep'`,
    );
    expect(sleep[protocol], protocol).toBe(ns);
    return ns > ended;
  });
  expect(cut).toContain(true);
});

describe('known answers, in the table', () => {
  test('E19: only the protocols of Linux halt for a page that is queued already', () => {
    const compared = compare(fixture('e19-same-page'));
    const repeated = {deferrals: {repeated_fault: 1}, sleeps: 1, sleep_ns: 70_000};
    const none = {deferrals: {}, sleeps: 0, sleep_ns: 0};
    expect(each(compared, ({deferrals, sleeps, sleep_ns}) => ({deferrals, sleeps, sleep_ns}))).toEqual({
      pnp: none,
      'apf-int': repeated,
      'apf-pf': repeated,
      ve: none,
    });
  });

  test('E20: k = 6 pages at one instant are one READY to pnp, k to the others; each of Linux has one more, for enabling', () => {
    const compared = compare(fixture('e20-same-instant'));
    expect(each(compared, ({interrupts}) => interrupts.ready)).toEqual({pnp: 1, 'apf-int': 7, 'apf-pf': 7, ve: 6});
    expect(each(compared, ({exits}) => exits.msrs)).toEqual({pnp: 0, 'apf-int': 1 + 7, 'apf-pf': 1, ve: 0});
  });

  test('E27: a wait with n = 5 interrupts is n + 1 exits by HLT, 1 by hypercall', () => {
    const one = [
      fixture('e27-waiting'),
      '--set',
      'guest.tasks.0.accesses.count=1',
      '--set',
      'guest.devices.every=20us',
    ];
    const hlt = compare(...one);
    const suspended = compare(...one, '--set', 'guest.wait=hypercall');
    for (const {exits} of hlt.protocols) expect(exits).toMatchObject({hlt: 6, suspend: 0});
    for (const {exits} of suspended.protocols) expect(exits).toMatchObject({hlt: 0, suspend: 1});
  });

  test('R27: an NMI before IRET nests the handler of ve, and none of pnp', () => {
    const nesting = each(compare(fixture('r27-nested-ve')), (one) => one.nesting);
    expect(nesting).toMatchObject({ve: 2, pnp: 1});
  });

  test('a #VE is no exit, its hypercall is; the others leave the guest for each fault', () => {
    const compared = compare('overcommit', '--set', 'until.faults=500');
    const {pnp, ve} = each(compared, ({exits, faults, deliveries}) => ({exits, faults, deliveries}));
    expect(pnp.exits).toMatchObject({faults: 500, hypercalls: 0});
    expect(ve.exits.faults).toBe(500 - ve.deliveries);
    expect(ve.exits.hypercalls).toBeGreaterThan(490);
    expect(ve.exits.total).toBe(ve.exits.faults + ve.exits.hlt + ve.exits.hypercalls);
  });
});

describe('what one protocol alone reads', () => {
  test('is left out for the others, which is said', () => {
    const set = ['--set', 'options.sleep.until=token_free', '--set', 'until.faults=300'];
    const ran = folder.run('scenarios', 'compare', 'token-starvation', ...set);
    expect(ran.stderr).toBe('apf: options.sleep.until: left out for apf-int, apf-pf, ve, which do not read it\n');
    const [other, changed] = [compare('token-starvation', set[2], set[3]), compare('token-starvation', ...set)];
    expect(changed.protocols[0].time_ns).not.toBe(other.protocols[0].time_ns);
    expect(changed.protocols[1]).toEqual({...other.protocols[1], left_out: ['options.sleep.until']});
  });

  test('a misbehaviour strikes its own protocol', () => {
    const compared = compare(fixture('history-b8-refault-forever'), '--limit-events', '3000');
    expect(each(compared, (one) => one.left_out)).toEqual({
      pnp: ['misbehave refault_forever'],
      'apf-int': [],
      'apf-pf': ['misbehave refault_forever'],
      ve: ['misbehave refault_forever'],
    });
  });

  test('what no protocol knows is an error', () => {
    const ran = folder.run('scenarios', 'compare', 'overcommit', '--set', 'options.sleep.untill=x');
    expect(ran).toMatchObject({status: 2, stdout: ''});
    expect(ran.stderr).toContain('unknown option; the nearest is sleep.until');
  });
});

test('the table has a column a protocol and the rows that matter', () => {
  const lines = folder.run('scenarios', 'compare', 'overcommit', '--set', 'until.faults=200').stdout.split('\n');
  expect(lines[0]).toMatch(/^overcommit, seed 0 +pnp +apf-int +apf-pf +ve$/);
  const names = lines.map((line) => line.trim().split(/ {2,}/)[0]);
  for (const name of ['accesses', 'latency p99.9', 'deferred', 'slept', 'exits', 'interrupts', 'kills'])
    expect(names).toContain(name);
});

test('without a scenario: usage', () => {
  expect(folder.run('scenarios', 'compare').status).toBe(2);
});
