import {describe, expect, test} from 'vitest';
import {ApfFolder} from '../cli/run-apf.js';
import {countOf, recordAndAsk} from './apf.js';

/*
 * Closed forms, each against a recording. c is the compute time, L the I/O latency, T the tasks, N the tokens, X the
 * faults per unit of time. Unless a scenario says otherwise c = 10 us and L = 100 us. Deterministic rows are exact:
 * faults are counted over whole periods of the steady state, behind the start-up.
 */

const folder = new ApfFolder();

/** Faults from `from` (not included) to `to`, both us. */
const faultsBetween = (from: number, to: number) =>
  `SELECT count(*) AS n FROM faults WHERE fault_ns > ${from * 1000} AND fault_ns <= ${to * 1000}`;

/** Faults in a stretch of the steady state that is a whole number of periods. */
function faultsIn(scenario: string, set: string[], from: number, to: number): number {
  return recordAndAsk(folder, scenario, set, faultsBetween(from, to)).rows[0].n as number;
}

describe('E1: one task, X = 1/(c + L)', () => {
  test.for(['tokens=64', 'tokens=1', 'tokens=0'])('M accesses take M(c + L), %s', (set) => {
    const share = `SELECT sum(duration_ns)::BIGINT AS run FROM vcpu_states WHERE state = 'run'`;
    const {recorded, rows} = recordAndAsk(folder, 'e01-one-task', [set], share);
    expect(recorded).toMatchObject({faults: 1000, time_ns: 1000 * 110_000, ended: 'workload'});
    expect(rows).toEqual([{run: 1000 * 10_000}]); // U = c/(c + L)
  });
});

describe('E2: T tasks and a token for each, X = min(1/c, T/(c + L))', () => {
  test.for([
    [1, 100],
    [5, 500],
    [10, 1000],
    [11, 1100],
    [20, 1100],
  ])('T = %i', ([tasks, faults]) => {
    expect(faultsIn('e02-many-tasks', [`guest.tasks.0.count=${tasks}`], 11_000, 22_000)).toBe(faults);
  });
});

test.for([1, 20])('E3: no token, T = %i: X = 1/(c + L)', (tasks) => {
  expect(faultsIn('e03-no-tokens', [`guest.tasks.0.count=${tasks}`], 11_000, 22_000)).toBe(100);
});

describe('E9: a fault is undeliverable with probability p, X = 1/(c + pL)', () => {
  test.for([
    [0.1, 0.05],
    [0.5, 1 / 60],
  ])('p = %f', ([p, perUs]) => {
    const {recorded} = recordAndAsk(folder, 'e09-interrupts-off', [`guest.interrupts-off.probability=${p}`]);
    expect(Math.abs(recorded.faults / (recorded.time_ns / 1000) / perUs - 1)).toBeLessThan(0.01);
    expect(recorded.deferrals).toBe(recorded.sleeps);
  });
});

describe('E10: exponential compute times of mean 10 us, L = 50 us', () => {
  const latencies = ['50us', '{p0: 0us, p50: 50us, p100: 100us}'];
  const answers = [
    [1, 0.0166667],
    [2, 0.0324324],
    [5, 0.0715132],
  ];
  test.for(latencies.flatMap((latency) => answers.map(([tasks, perUs]) => ({latency, tasks, perUs}))))(
    'T = $tasks, latency $latency',
    ({latency, tasks, perUs}) => {
      const set = [`guest.tasks.0.count=${tasks}`, `host.io.latency=${latency}`];
      const {recorded} = recordAndAsk(folder, 'e10-exponential', set);
      expect(Math.abs(recorded.faults / (recorded.time_ns / 1000) / perUs - 1)).toBeLessThan(0.01);
    },
  );
});

describe('E14: K I/O channels, X = min(1/c, T/(c + L), K/L)', () => {
  test.for([
    [4, 440],
    [8, 880],
    [16, 1100],
  ])('K = %i', ([channels, faults]) => {
    expect(faultsIn('e14-channels', [`host.io.channels=${channels}`], 11_000, 22_000)).toBe(faults);
  });
});

describe('E15: an overhead o = 2 us a fault, X = min(1/(c + o), T/(c + o + L))', () => {
  test.for([
    [1, 100, 112],
    [2, 200, 112],
    [20, 1000, 120],
  ])('T = %i', ([tasks, faults, periodUs]) => {
    const from = 100 * periodUs;
    const set = [`guest.tasks.0.count=${tasks}`];
    expect(faultsIn('e15-overhead', set, from, tasks === 20 ? from + 12_000 : 2 * from)).toBe(faults);
  });
});

describe('E16: V = 3 vCPUs with the same load', () => {
  test('without a limit to I/O, X is three times that of one vCPU', () => {
    expect(faultsIn('e16-vcpus', [], 11_000, 22_000)).toBe(3 * 500);
  });

  test('with K = 6 channels, X = K/L', () => {
    expect(faultsIn('e16-vcpus', ['host.io.channels=6'], 11_000, 22_000)).toBe(660);
  });
});

describe("E17: Little's law, mean outstanding = X L <= min(N, T)", () => {
  const outstanding = `WITH steps AS (
      SELECT time_ns, in_use, lead(time_ns, 1, 22000000) OVER (PARTITION BY vcpu ORDER BY time_ns) AS next_ns
      FROM token_use WHERE time_ns < 22000000)
    SELECT sum(in_use * (next_ns - greatest(time_ns, 11000000)))::BIGINT AS area
    FROM steps WHERE next_ns > 11000000`;
  test.for([
    [5, 500],
    [20, 1100],
  ])('T = %i', ([tasks, faults]) => {
    const {rows} = recordAndAsk(folder, 'e02-many-tasks', [`guest.tasks.0.count=${tasks}`], outstanding);
    expect(rows[0].area).toBe(faults * 100_000); // faults in the window times L, in token-ns
  });
});

describe('E22: a failed page, accessed j = 7 times', () => {
  test('deliverable: j page-not-presents and j resolutions with result 1; it is never there', () => {
    const {recorded, rows} = recordAndAsk(
      folder,
      'e22-failed-page',
      [],
      'SELECT count(*) AS n, min(result) AS least FROM resolutions',
      `SELECT count(*) AS n, 1 AS least FROM events WHERE kind = 'retire'`,
    );
    expect(recorded).toMatchObject({faults: 7, deliveries: 7, kills: 0, ended: 'workload'});
    expect(rows).toEqual([
      {n: 7, least: 1},
      {n: 0, least: 1},
    ]);
  });

  test('undeliverable once known failed: killed at the first such access', () => {
    const {recorded, rows} = recordAndAsk(folder, 'e22-failed-page', ['tokens=0'], 'SELECT reason FROM kills');
    expect(recorded).toMatchObject({faults: 1, sleeps: 1, kills: 1, ended: 'killed', time_ns: 110_000});
    expect(rows).toEqual([{reason: 'known_failed'}]);
  });
});

test('E21: every resolution is early: as many as faults, nobody sleeps, and nothing is left', () => {
  const {recorded, rows} = recordAndAsk(
    folder,
    'e21-all-early',
    [],
    'SELECT count(*) AS n FROM faults WHERE resolution_ns <= delivery_ns',
    countOf('park', `reason = 'early'`),
    countOf('park', 'value = 1'),
    `SELECT count(*) AS n FROM events r JOIN events d USING (fault) WHERE r.kind = 'resolution' AND d.kind = 'delivery' AND r.seq < d.seq`,
    countOf('consume', 'value = 0'),
    'SELECT count(*) AS n FROM faults WHERE retire_ns IS NULL',
  );
  expect(recorded).toMatchObject({faults: 21, deliveries: 21, resolutions: 21, sleeps: 0, ended: 'workload'});
  expect(rows.map(({n}) => n)).toEqual([21, 21, 0, 21, 21, 0]);
});

describe('E23: the guest keeps IF=0 for ever after n = 3 page-not-presents, N = 4', () => {
  const ask = (freeOn: string) =>
    recordAndAsk(
      folder,
      'e23-interrupts-off-for-ever',
      [`options.token.freeOn=${freeOn}`],
      countOf('resolution'),
      countOf('consume'),
    );

  test('token.freeOn = consume: N more are resolved, later faults sleep, nobody is killed', () => {
    const {recorded, rows} = ask('consume');
    expect(recorded).toMatchObject({deliveries: 3, kills: 0, ended: 'until', time_ns: 500_000});
    expect(recorded.sleeps).toBe(recorded.faults - 3);
    expect(rows.map(({n}) => n)).toEqual([3 + 4, 3]);
  });

  test('token.freeOn = resolve: resolution N + 1 kills the guest', () => {
    const {recorded, rows} = ask('resolve');
    // One fault each 10 us: three are told, four fill the ring, the eighth is at 80 us.
    expect(recorded).toMatchObject({deliveries: 3, kills: 1, ended: 'killed', faults: 3 + 4 + 1, time_ns: 80_000});
    expect(rows.map(({n}) => n)).toEqual([3 + 4, 3]);
  });
});

test('E24: inuse is never cleared: exactly one page-not-present a vCPU, and X = V/(c + L)', () => {
  const {recorded, rows} = recordAndAsk(
    folder,
    'e24-inuse-never-cleared',
    [],
    'SELECT count(DISTINCT vcpu) AS n FROM deliveries',
    countOf('deferral', `reason = 'in_use'`),
    countOf('misbehave'),
    // The first synchronous fault is at 20 us: each vCPU has one each 110 us from there.
    countOf('fault', 'time_ns > 20000 AND time_ns <= 20000 + 90 * 110000'),
  );
  expect(recorded.deliveries).toBe(2);
  expect(recorded.sleeps).toBe(recorded.faults - 2);
  expect(rows.map(({n}) => n)).toEqual([2, recorded.faults - 2, 2, 2 * 90]);
});

describe('E27: n interrupts of a device arrive during L', () => {
  // The k-th to arrive is the k-th to be served.
  const delays = `WITH numbered AS (
      SELECT kind, time_ns, row_number() OVER (PARTITION BY kind ORDER BY seq) AS k
      FROM events WHERE kind IN ('device', 'serve')),
    served AS (
      SELECT d.k, s.time_ns - d.time_ns AS delay_ns FROM numbered AS d JOIN numbered AS s USING (k)
      WHERE d.kind = 'device' AND s.kind = 'serve')`;
  const delayed = `${delays} SELECT count(*) AS n, avg(delay_ns)::BIGINT AS mean_ns, max(delay_ns) AS most_ns
    FROM served WHERE delay_ns > 0`;
  const exits = (reason: string) => `SELECT count(*) AS n FROM events WHERE kind = 'halt' AND reason = '${reason}'`;
  const inOrder = `${delays} SELECT delay_ns FROM served ORDER BY k`;
  const oneWait = ['guest.tasks.0.accesses.count=1', 'guest.devices.every=20us'];
  const byHypercall = 'guest.wait=hypercall';

  test('HLT, one wait with n = 5: n + 1 exits, latency 0', () => {
    const {rows} = recordAndAsk(folder, 'e27-waiting', oneWait, exits('hlt'), inOrder);
    expect(rows).toEqual([{n: 6}, ...[0, 0, 0, 0, 0].map((delay_ns) => ({delay_ns}))]);
  });

  test('hypercall, one wait with n = 5: one exit, each is delayed to the end', () => {
    const {rows} = recordAndAsk(folder, 'e27-waiting', [...oneWait, byHypercall], exits('hypercall'), inOrder);
    expect(rows).toEqual([{n: 1}, ...[90, 70, 50, 30, 10].map((us) => ({delay_ns: us * 1000}))]);
  });

  test('R26: a suspension costs its hypercall h = 2 us before it begins; HLT costs nothing but its exits', () => {
    const begins = (
      reason: string,
    ) => `SELECT (SELECT min(time_ns) FROM events WHERE kind = 'halt' AND reason = '${reason}')
      - (SELECT min(time_ns) FROM events WHERE kind = 'iret') AS n`;
    const costs = 'costs={hypercall: 2us}';
    const waits = [...oneWait, costs];
    const {rows: halted} = recordAndAsk(folder, 'e27-waiting', waits, begins('hlt'));
    const {rows: suspended} = recordAndAsk(folder, 'e27-waiting', [...waits, byHypercall], begins('hypercall'));
    expect([halted, suspended]).toEqual([[{n: 0}], [{n: 2000}]]);
  });

  test('HLT, 70 waits with n = 99 in each 7: 70 + 990 exits, latency 0', () => {
    const {recorded, rows} = recordAndAsk(folder, 'e27-waiting', [], exits('hlt'), delayed);
    expect(recorded).toMatchObject({faults: 70, time_ns: 70 * 110_000, ended: 'workload'});
    expect(rows).toEqual([{n: 70 + 990}, {n: 0, mean_ns: null, most_ns: null}]);
  });

  test('hypercall, the same: 70 exits, a mean of L/2, at most L less the 1 us between two places', () => {
    const {recorded, rows} = recordAndAsk(folder, 'e27-waiting', [byHypercall], exits('hypercall'), delayed);
    expect(recorded).toMatchObject({faults: 70, time_ns: 70 * 110_000, ended: 'workload'});
    expect(rows).toEqual([{n: 70}, {n: 990, mean_ns: 50_000, most_ns: 99_000}]);
  });
});

describe('E29: a cyclic scan of W = 20 pages, least recently used goes first', () => {
  test.for([
    [10, 200],
    [19, 200],
    [20, 20],
  ])('room for %i pages: %i faults of 200 accesses', ([resident, faults]) => {
    expect(recordAndAsk(folder, 'e29-cyclic-scan', [`host.memory.resident=${resident}`]).recorded.faults).toBe(faults);
  });
});

describe('more tasks than tokens: X = (N + 1)/((N + 1)c + L) while L > Nc, else 1/c', () => {
  // After a sleep all N tokens are free. N faults come c apart; the next finds none, since the first page is ready only
  // L > Nc after its fault, and stops the vCPU for L: N + 1 faults in (N + 1)c + L.
  test.for([
    {tokens: 1, periodUs: 120, faults: 2},
    {tokens: 4, periodUs: 150, faults: 5},
    {tokens: 9, periodUs: 200, faults: 10},
    {tokens: 10, periodUs: 10, faults: 1},
    {tokens: 12, periodUs: 10, faults: 1},
  ])('N = $tokens: $faults faults every $periodUs us', ({tokens, periodUs, faults}) => {
    const set = [`tokens=${tokens}`, 'until.time=50ms'];
    expect(faultsIn('n01-more-tasks-than-tokens', set, 30_000, 30_000 + 60 * periodUs)).toBe(60 * faults);
  });
});

describe('more tasks than tokens, L > Nc: X by what ends a sleep (Q2) and when its I/O starts (Q4)', () => {
  // page_ready: the vCPU stops for L at each (N + 1)-th fault, whose I/O starts with the sleep in either way:
  //   X = (N + 1)/((N + 1)c + L).
  // token_free and first_of: it stops only until the oldest token is back, L after that was delivered. Where the I/O
  // runs meanwhile, the page of the sleeper is ready Nc after its late delivery, just in time for the next task:
  //   X = (N + 1)/(c + L).
  // token_free with io.start: delivery begins the I/O with the token, so that each of N tokens is out for all of L:
  //   X = N/L.
  const formulas = {
    pageReady: (tokens: number) => ({faults: tokens + 1, periodUs: (tokens + 1) * 10 + 100}),
    oldestToken: (tokens: number) => ({faults: tokens + 1, periodUs: 10 + 100}),
    wholeToken: (tokens: number) => ({faults: tokens, periodUs: 100}),
  };
  const cases = [
    {until: 'page_ready', start: 'fault', formula: 'pageReady'},
    {until: 'page_ready', start: 'delivery', formula: 'pageReady'},
    {until: 'token_free', start: 'fault', formula: 'oldestToken'},
    {until: 'token_free', start: 'delivery', formula: 'wholeToken'},
    {until: 'first_of', start: 'fault', formula: 'oldestToken'},
    {until: 'first_of', start: 'delivery', formula: 'oldestToken'},
  ] as const;

  test.for(cases.flatMap((entry) => [1, 4, 9].map((tokens) => ({...entry, tokens}))))(
    'sleep.until: $until, io.start: $start, N = $tokens: $formula',
    ({until, start, formula, tokens}) => {
      const {faults, periodUs} = formulas[formula](tokens);
      const set = [`tokens=${tokens}`, `options.sleep.until=${until}`, `host.io.start=${start}`, 'until.time=15ms'];
      const periods = 60;
      expect(faultsIn('n01-more-tasks-than-tokens', set, 1000, 1000 + periods * periodUs)).toBe(periods * faults);
    },
  );
});

describe('a batch of T tasks with one access each takes Tc + L, or Tc + (floor((T - 1)/(N + 1)) + 1)L for N < T', () => {
  test.for([
    [20, 64, 300],
    [20, 4, 600],
    [18, 4, 580],
    [15, 4, 450],
    [20, 0, 2200],
  ])('T = %i, N = %i: %i us', ([tasks, tokens, us]) => {
    const {recorded} = recordAndAsk(folder, 'n02-makespan', [`guest.tasks.0.count=${tasks}`, `tokens=${tokens}`]);
    expect(recorded).toMatchObject({time_ns: us * 1000, faults: tasks, ended: 'workload'});
  });
});

test.for([2, 5])('one I/O channel, T = %i: X = 1/L, and a latency of TL - c', (tasks) => {
  const latency = `SELECT min(latency_ns) AS least, max(latency_ns) AS most, count(*) AS n FROM faults
    WHERE fault_ns > 11000000 AND fault_ns <= 21000000`;
  const {rows} = recordAndAsk(folder, 'n03-one-channel', [`guest.tasks.0.count=${tasks}`], latency);
  const ns = tasks * 100_000 - 10_000;
  expect(rows).toEqual([{least: ns, most: ns, n: 100}]);
});
