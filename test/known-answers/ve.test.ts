import {describe, expect, test} from 'vitest';
import {ApfFolder} from '../cli/run-apf.js';
import {recordAndAsk} from './apf.js';

/* The closed forms that hold under any protocol, under ve; what its own entries do to throughput; and R27. */

const folder = new ApfFolder();

const faultsBetween = (from: number, to: number) =>
  `SELECT count(*) AS n FROM faults WHERE fault_ns > ${from * 1000} AND fault_ns <= ${to * 1000}`;

function faultsIn(scenario: string, set: string[], from: number, to: number): number {
  return recordAndAsk(folder, scenario, ['protocol=ve', ...set], faultsBetween(from, to)).rows[0].n as number;
}

describe('E1: one task, X = 1/(c + L)', () => {
  test.for(['tokens=64', 'tokens=1', 'tokens=0'])('M accesses take M(c + L), %s', (set) => {
    const share = `SELECT sum(duration_ns)::BIGINT AS run FROM vcpu_states WHERE state = 'run'`;
    const {recorded, rows} = recordAndAsk(folder, 'e01-one-task', ['protocol=ve', set], share);
    expect(recorded).toMatchObject({faults: 1000, time_ns: 1000 * 110_000, ended: 'workload'});
    expect(rows).toEqual([{run: 1000 * 10_000}]);
  });
});

describe('E2: T tasks and an entry for each, X = min(1/c, T/(c + L))', () => {
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

test.for([1, 20])('E3: no entry, T = %i: X = 1/(c + L)', (tasks) => {
  expect(faultsIn('e03-no-tokens', [`guest.tasks.0.count=${tasks}`], 11_000, 22_000)).toBe(100);
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

describe('R27', () => {
  test('an NMI that faults between busy = 0 and the IRET nests: the depth is 2', () => {
    const depth = `SELECT max(depth)::INTEGER AS depth FROM (
        SELECT sum(CASE kind WHEN 'delivery' THEN 1 ELSE -1 END) OVER (ORDER BY seq) AS depth
        FROM events WHERE kind = 'delivery' OR kind = 'iret' AND reason = 'page_not_present')`;
    const nested = `SELECT count(*) AS n, count(*) FILTER (task IS NOT NULL) AS of_tasks FROM events
        WHERE kind = 'sleep' AND reason = 'suspend_me'`;
    const {recorded, rows} = recordAndAsk(folder, 'r27-nested-ve', [], depth, nested);
    expect(recorded).toMatchObject({faults: 200, deliveries: 200, deferrals: 0, kills: 0, ended: 'until'});
    expect(rows[0]).toEqual({depth: 2});
    expect(rows[1].of_tasks).toBe(0);
    expect(rows[1].n).toBeGreaterThan(5); // each of them an NMI's
    expect(folder.json<{violations: []} & Record<string, number>>('check').violations).toEqual([]);
  });

  test('an NMI that faults while busy is set is suspended, and nests nowhere', () => {
    const {recorded, rows} = recordAndAsk(
      folder,
      'r27-nested-ve',
      ['guest.nmi.at=copy'],
      'SELECT DISTINCT reason FROM deferrals',
    );
    expect(recorded.deferrals).toBeGreaterThan(5);
    expect(rows).toEqual([{reason: 'busy'}]);
  });
});
