import {expect, test} from 'vitest';
import {ApfFolder} from '../cli/run-apf.js';
import {recordAndAsk} from './apf.js';

/*
 * Bugs that Linux had (protocol B1 to B13), each a scenario: with the bug, which
 * strikes once, the symptom that was reported, and the invariants that tell it; without it neither.
 */

const folder = new ApfFolder();

const unfinished = `SELECT count(*) AS n FROM faults WHERE retire_ns IS NULL`;

const strikes = `SELECT count(*) AS n FROM events WHERE kind = 'misbehave'`;

/** Records a scenario with its bug, and without; each answers the queries, which count one thing each. */
function both(scenario: string, ...queries: string[]) {
  const columns = [strikes, ...queries].map((query, i) => `(${query}) AS n${i}`);
  const run = (set: string[]) => {
    const {recorded, rows} = recordAndAsk(folder, scenario, set, `SELECT ${columns.join(', ')}`);
    expect(folder.json('replay')).toMatchObject({identical: true});
    const [struck, ...n] = Object.values(rows[0]);
    const {violations} = folder.json<{violations: {invariant: string}[]} & Record<string, unknown>>('check');
    return {ended: recorded.ended, struck, n, found: [...new Set(violations.map(({invariant}) => invariant))]};
  };
  return {bug: run([]), repaired: run(['misbehave=[]'])};
}

/** `consume` rows of READYs, but for wake-alls, that wake nobody: dummies. */
const dummies = `SELECT count(*) AS n FROM events WHERE kind = 'consume' AND value = 0 AND token <> 4294967295`;

test('B1: the task sleeps under an address, after an NMI', () => {
  const wrong = `SELECT count(*) AS n FROM events c JOIN events d USING (fault)
    WHERE c.kind = 'copy' AND d.kind = 'delivery' AND c.token <> d.token`;
  const address = `SELECT any_value(token) AS n FROM events c WHERE kind = 'park' AND NOT EXISTS
    (FROM events u WHERE u.kind = 'unpark' AND u.token = c.token)`;
  const {bug, repaired} = both('history-b1-cr2-clobbered', wrong, unfinished, dummies, address);
  expect(bug).toEqual({ended: 'stuck', struck: 1, n: [1, 1, 1, 4000 * 4096], found: ['LG-S8', 'LG-L1', 'LG-S7']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0, 0, null], found: []});
});

test('B2, E26: token 0 is overwritten in the slot, exactly one sleeper is orphaned', () => {
  const overwritten = `SELECT count(*) AS n FROM (SELECT *, lag(reason) OVER (ORDER BY seq) AS before
    FROM events WHERE kind = 'slot') WHERE reason = 'by_host' AND before = 'by_host'`;
  const {bug, repaired} = both('history-b2-token-zero', overwritten, unfinished);
  expect(bug).toEqual({ended: 'stuck', struck: 1, n: [1, 1], found: ['PI-S6', 'PI-S3', 'PI-L3']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0], found: []});
});

test('B3: a READY whose page-not-present was not injected leaves a dummy', () => {
  const {bug, repaired} = both('history-b3-dummy-leak', dummies, unfinished);
  expect(bug).toEqual({ended: 'workload', struck: 1, n: [1, 0], found: ['PI-S4']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0], found: []});
});

test('B4: with the local APIC off the slot is never freed, and the whole mechanism is stuck', () => {
  const readies = `SELECT count(*) AS n FROM events WHERE kind = 'interrupt'`;
  const {bug, repaired} = both('history-b4-lapic-disabled', readies, unfinished);
  expect(bug).toEqual({ended: 'stuck', struck: 1, n: [0, 3], found: ['PI-L2']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [16, 0], found: []}); // 15 faults and the wake-all
});

test('B5: the queue is cleared, and whoever sleeps on this vCPU sleeps for ever', () => {
  const lost = `SELECT count(*) AS n FROM deliveries d WHERE NOT EXISTS
    (FROM events r WHERE r.kind = 'resolution' AND r.token = d.token)`;
  const {bug, repaired} = both('history-b5-queue-cleared', lost, unfinished);
  expect(bug).toEqual({ended: 'stuck', struck: 1, n: [3, 3], found: ['PI-L2']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0], found: []});
});

test('B8: the task goes round on a page that has failed', () => {
  const rounds = `SELECT count(*) AS n FROM deliveries WHERE gpa = 3 * 4096`;
  const faults = `SELECT count(*) AS n FROM faults WHERE gpa = 3 * 4096`;
  const {bug, repaired} = both('history-b8-refault-forever', rounds, faults);
  // Its first access is at 340 us; each round takes L = 100 us, and the run ends at 5 ms.
  expect(bug).toEqual({ended: 'until', struck: 1, n: [47, 1], found: ['PI-L4']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [1, 1], found: []});
});

test('B13: READY is sent before its page-not-present, and nobody notices', () => {
  const first = `SELECT count(*) AS n FROM events r JOIN events d USING (token)
    WHERE r.kind = 'resolution' AND d.kind = 'delivery' AND r.seq < d.seq`;
  const {bug, repaired} = both('history-b13-completed-first', first, unfinished, dummies);
  expect(bug).toEqual({ended: 'workload', struck: 1, n: [1, 0, 0], found: ['PI-S10']});
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0, 0], found: []});
});

test('one reason word: READY overwrites page-not-present, and the task sleeps under a token that is past', () => {
  const overwritten = `SELECT count(*) AS n FROM (SELECT *, lag(value) OVER (ORDER BY seq) AS before
    FROM events WHERE kind = 'flags') WHERE value = 2 AND before <> 0`;
  const {bug, repaired} = both('history-reason-overwritten', overwritten, unfinished, dummies);
  expect(bug).toEqual({
    ended: 'stuck',
    struck: 1,
    n: [1, 1, 1],
    found: ['LG-S2', 'LG-S1', 'LG-S3', 'LG-S8', 'LG-L1', 'LG-S7'],
  });
  expect(repaired).toEqual({ended: 'workload', struck: 0, n: [0, 0, 0], found: []});
});
