import {expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {type MisbehaviourEntry, misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {Row} from '../../src/protocol/row.js';
import {timeBounds} from '../../src/scenario/time-bounds.js';
import {type MisbehavingRun, replayRun, runMisbehaving} from '../misbehaviours/misbehaving-run.js';
import {endingScenario, withBug} from '../misbehaviours/random-bug.js';
import {Dice} from './random-scenario.js';

const scenarioCount = 200;
const entries = misbehaviourTable.filter((entry) => entry.protocol === 'pnp');

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

test(`${scenarioCount} random scenarios with a random bug: each ends, replays, and is found out`, () => {
  const foundOut = new Map<string, number>();
  const excuses = new Map<string, number>();
  let struck = 0;
  for (let seed = 1; seed <= scenarioCount; seed++) {
    const dice = new Dice(seed + 7000);
    const entry = entries[seed % entries.length];
    const clean = endingScenario(seed);
    const {rows, report} = runMisbehaving(clean);
    expect(report.violations, `seed ${seed}`).toEqual([]);
    const scenario = withBug(clean, entry, dice.below(Math.ceil(rows.length / 2)));
    const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
    const run = runMisbehaving(scenario);
    expect(replayRun(scenario, run), what).toEqual({rows: run.rows, hash: run.hash});
    const names = run.report.violations.map(({invariant}) => invariant);
    if (run.struckSeq < 0) {
      expect(names, what).toEqual([]);
      continue;
    }
    struck++;
    const isFound = names.some((name) => entry.foundBy.includes(name));
    if (isFound) foundOut.set(entry.name, (foundOut.get(entry.name) ?? 0) + 1);
    const reason = excuse(entry, run, timeBounds(scenario).ioMaxNs as number);
    if (isFound) continue;
    expect(reason, what).not.toBeNull();
    excuses.set(reason as string, (excuses.get(reason as string) ?? 0) + 1);
  }
  expect(struck).toBeGreaterThan(scenarioCount / 4);
  expect(foundOut.size).toBeGreaterThan(entries.length / 2);
  for (const count of excuses.values()) expect(count).toBeLessThan(struck / 5);
});
