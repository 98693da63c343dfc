import {expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {type MisbehaviourEntry, misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {Row} from '../../src/protocol/row.js';
import {timeBounds} from '../../src/scenario/time-bounds.js';
import {type MisbehavingRun, replayRun, runMisbehaving} from '../misbehaviours/misbehaving-run.js';
import {withBug} from '../misbehaviours/with-bug.js';
import {randomKvmScenario} from './random-kvm-scenario.js';
import {Dice, randomScenario} from './random-scenario.js';

const scenarioCount = 200;
/** A bug may keep a run from its end. */
const rowsMax = 100_000;

/** Why a bug that struck may be found by nothing, or null: it must have been. */
function excuse({name}: MisbehaviourEntry, run: MisbehavingRun, ioMaxNs: number): string | null {
  if (run.ended === 'killed') return 'the guest was killed before it showed';
  const strike = run.rows[run.struckSeq];
  if (name === 'resolve_never' && run.endNs - strike[Row.time] <= ioMaxNs) return 'the token is young at the end';
  const isTold =
    name === 'early_dropped'
      ? isDelivered(run, Row.token, run.rows[run.struckSeq - 1][Row.token])
      : name !== 'lost_resolution' || isDelivered(run, Row.fault, strike[Row.fault]);
  if (!isTold) return 'an orphan was lost, of which the guest was never told (Q14)';
  const isBeforeStrike = (row: Float64Array) => row[Row.seq] < run.struckSeq && row[Row.vcpu] === strike[Row.vcpu];
  const told = run.rows.findLast((row) => row[Row.kind] === Kind.delivery && isBeforeStrike(row));
  if (name === 'cr2_clobbered' && told?.[Row.token] === strike[Row.gvaLo]) return 'the address is the token';
  const isHarmed = (row: Float64Array) => row[Row.seq] > run.struckSeq && row[Row.vcpu] === strike[Row.vcpu];
  if (
    name === 'corrupt_ring_index' &&
    !run.rows.some((row) => isHarmed(row) && row[Row.token] > 0 && row[Row.result] >= 0)
  )
    return 'the host wrote no more entries to that ring';
  return null;
}

/** A page-not-present has the value in the column. */
function isDelivered({rows}: MisbehavingRun, column: number, value: number): boolean {
  return rows.some((row) => row[Row.kind] === Kind.delivery && row[column] === value);
}

/** Small scenarios of each protocol; those of ve have a sweep of their own (ve-property.test.ts). */
const scenarios = {
  pnp: randomScenario,
  'apf-int': (seed: number) => randomKvmScenario('apf-int', seed),
  /** Its bugs need an NMI in the handler, with a fault of its own. */
  'apf-pf': (seed: number) => {
    const scenario = randomKvmScenario('apf-pf', seed);
    const {host, guest} = scenario;
    const nmi = {every: 150 + (seed % 100), touches: host.memory.pages - 1, at: 'copy'} as const;
    return {...scenario, guest: {...guest, nmi}};
  },
};

test.for(['pnp', 'apf-int', 'apf-pf'] as const)(
  `${scenarioCount} random scenarios of %s with a random bug: each ends, replays, and is found out`,
  async (protocol) => {
    const entries = misbehaviourTable.filter((entry) => entry.protocol === protocol);
    const foundOut = new Map<string, number>();
    const excuses = new Map<string, number>();
    let struck = 0;
    for (let seed = 1; seed <= scenarioCount; seed++) {
      const dice = new Dice(seed + 7000);
      const entry = entries[seed % entries.length];
      const clean = scenarios[protocol](seed);
      const {rows, report, ended} = await runMisbehaving(clean, rowsMax);
      expect(ended, `seed ${seed}`).not.toBe('none');
      expect(report.violations, `seed ${seed}`).toEqual([]);
      // Some bugs can strike in the first steps only.
      const after = dice.below(3) === 0 ? 0 : dice.below(Math.ceil(rows.length / 2));
      const scenario = withBug(clean, entry, after);
      const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
      const run = await runMisbehaving(scenario, rowsMax);
      expect(await replayRun(scenario, run), what).toEqual({rows: run.rows, hash: run.hash});
      const names = run.report.violations.map(({invariant}) => invariant);
      if (run.struckSeq < 0) {
        expect(names, what).toEqual([]);
        continue;
      }
      struck++;
      if (names.some((name) => entry.foundBy.includes(name))) {
        foundOut.set(entry.name, (foundOut.get(entry.name) ?? 0) + 1);
        continue;
      }
      const reason = excuse(entry, run, timeBounds(scenario).ioMaxNs as number);
      expect(reason, what).not.toBeNull();
      excuses.set(reason as string, (excuses.get(reason as string) ?? 0) + 1);
    }
    expect(struck).toBeGreaterThan(protocol === 'apf-pf' ? 30 : scenarioCount / 4);
    expect(foundOut.size).toBeGreaterThan(entries.length / 2);
    for (const count of excuses.values()) expect(count).toBeLessThan(struck / 5);
  },
);
