import {describe, expect, test} from 'vitest';
import {ApfFolder} from '../cli/run-apf.js';
import {countOf, recordAndAsk} from './apf.js';

/*
 * The closed forms that hold for the protocols of Linux, each against a recording: c is the compute time, L the I/O
 * latency, T the tasks, X the faults per unit of time. All of it is exact.
 */

const folder = new ApfFolder();
const wakeAll = 2 ** 32 - 1;
const protocols = ['apf-int', 'apf-pf'];

const faultsBetween = (from: number, to: number) =>
  `SELECT count(*) AS n FROM faults WHERE fault_ns > ${from * 1000} AND fault_ns <= ${to * 1000}`;

function ask(scenario: string, set: string[], ...queries: string[]) {
  const {recorded, rows} = recordAndAsk(folder, scenario, set, ...queries);
  return {recorded, n: rows.map((row) => row.n)};
}

describe.each(protocols)('%s', (protocol) => {
  const by = `protocol=${protocol}`;

  test.for(['tokens=64', 'tokens=1', 'tokens=0'])('E1: one task, M accesses take M(c + L), %s', (tokens) => {
    const {recorded} = recordAndAsk(folder, 'e01-one-task', [by, tokens]);
    expect(recorded).toMatchObject({faults: 1000, time_ns: 1000 * 110_000, ended: 'workload'});
    expect(recorded.deliveries).toBe(tokens === 'tokens=0' ? 0 : 1000);
  });

  test.for([
    [1, 100],
    [5, 500],
    [20, 1100],
  ])('E2: T = %i, X = min(1/c, T/(c + L))', ([tasks, faults]) => {
    const {n} = ask('e02-many-tasks', [by, `guest.tasks.0.count=${tasks}`], faultsBetween(11_000, 22_000));
    expect(n).toEqual([faults]);
  });

  test.for([
    [4, 440],
    [8, 880],
    [16, 1100],
  ])('E14: K = %i I/O channels, X = min(1/c, T/(c + L), K/L)', ([channels, faults]) => {
    const {n} = ask('e14-channels', [by, `host.io.channels=${channels}`], faultsBetween(11_000, 22_000));
    expect(n).toEqual([faults]);
  });

  test('E19: one page-not-present, one repeated fault, the vCPU halted for L - x, one READY', () => {
    const {recorded, rows} = recordAndAsk(
      folder,
      'e19-same-page',
      [by],
      `SELECT (SELECT any_value(time_ns) FROM events WHERE kind = 'wakeup')
         - (SELECT any_value(time_ns) FROM events WHERE kind = 'sleep') AS halted,
         (SELECT count(*) FROM events WHERE kind = 'deferral' AND reason = 'repeated_fault') AS repeated,
         (SELECT count(*) FROM events WHERE kind = 'sleep' AND reason = 'artificial_halt') AS halts,
         (SELECT count(*) FROM events WHERE kind = 'consume' AND token <> ${wakeAll}) AS readies,
         (SELECT count(*) FROM events WHERE kind = 'completion') AS ios`,
    );
    expect(recorded).toMatchObject({faults: 2, deliveries: 1, sleeps: 1, ended: 'workload'});
    expect(rows).toEqual([{halted: 70_000, repeated: 1, halts: 1, readies: 1, ios: 1}]);
  });

  test('E25: the tokens of vCPU v are 0x1000|v, 0x2000|v, ...', () => {
    const {rows} = recordAndAsk(
      folder,
      'e16-vcpus',
      [by],
      `SELECT count(*) AS wrong FROM (SELECT vcpu, token, row_number() OVER (PARTITION BY vcpu ORDER BY seq) AS nth
         FROM events WHERE kind = 'delivery') WHERE token <> ((nth << 12) | vcpu)`,
      `SELECT count(DISTINCT vcpu) AS vcpus, min(token) AS least FROM events WHERE kind = 'delivery'`,
    );
    expect(rows).toEqual([{wrong: 0}, {vcpus: 3, least: 0x1000}]);
  });

  test('E28: enabling on s = 3 vCPUs: s wake-all READYs, which wake nobody', () => {
    const {rows} = recordAndAsk(
      folder,
      'e16-vcpus',
      [by],
      `SELECT count(*) AS n, count(DISTINCT vcpu) AS vcpus, sum(value)::INTEGER AS woken, max(time_ns) AS last
         FROM events WHERE kind = 'consume' AND token = ${wakeAll}`,
    );
    expect(rows).toEqual([{n: 3, vcpus: 3, woken: 0, last: 0}]);
  });
});

describe('E20: k = 6 pages become ready at one instant', () => {
  test('apf-int: k interrupts, k ACKs, k - 1 waits for the slot', () => {
    const ready = `time_ns = 100000`;
    const {recorded, n} = ask(
      'e20-same-instant',
      ['protocol=apf-int'],
      countOf('interrupt', ready),
      countOf('ack', ready),
      `SELECT count(*) AS n FROM events r, events c WHERE r.kind = 'resolution' AND c.seq = r.cause
         AND c.kind = 'completion' AND r.seq > c.seq + 1 AND EXISTS (FROM events k WHERE k.kind = 'ack' AND k.seq = r.seq - 1)`,
    );
    expect(recorded).toMatchObject({faults: 6, deliveries: 6, ended: 'workload', time_ns: 100_000});
    expect(n).toEqual([6, 6, 5]);
  });

  test('apf-pf: k READYs, one after the other', () => {
    const {recorded, n} = ask('e20-same-instant', ['protocol=apf-pf'], countOf('interrupt', 'time_ns = 100000'));
    expect(recorded).toMatchObject({faults: 6, deliveries: 6, ended: 'workload', time_ns: 100_000});
    expect(n).toEqual([6]);
  });
});
