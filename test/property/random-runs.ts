import {createHash} from 'node:crypto';
import type {ProtocolName} from '../../src/protocol/protocols.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {runProtocol} from '../check/run-protocol.js';
import {randomKvmScenario} from './random-kvm-scenario.js';
import {randomScenario} from './random-scenario.js';
import {veScenario} from './random-ve-scenario.js';

/** A small random scenario of each protocol, by a seed. */
export const scenarioOfSeed: Readonly<Record<ProtocolName, (seed: number) => ResolvedScenario>> = {
  pnp: randomScenario,
  'apf-int': (seed) => randomKvmScenario('apf-int', seed),
  'apf-pf': (seed) => randomKvmScenario('apf-pf', seed),
  ve: veScenario,
};

export interface RandomRuns {
  /** Invariants that were broken, each with its seed. */
  violations: string[];
  /** Identities that do not hold, each with its seed. */
  identities: string[];
  /** Numbers of the invariants and rules that the runs came to. */
  reached: string[];
  /** SHA-256 of all rows, and of the engine's state after each step. */
  sha256: string;
}

/** Runs the scenarios of some seeds, each up to so many rows, under the protocol's rules. */
export async function randomRuns(
  protocol: ProtocolName,
  seeds: readonly number[],
  rowsMax: number,
): Promise<RandomRuns> {
  const runs: RandomRuns = {violations: [], identities: [], reached: [], sha256: ''};
  const reached = new Set<string>();
  const hash = createHash('sha256');
  for (const seed of seeds) {
    const {report, rows, ended} = await runProtocol(scenarioOfSeed[protocol](seed), rowsMax, (state) =>
      hash.update(Int32Array.of(state.hashLow, state.hashHigh)),
    );
    for (const {invariant, seq} of report.violations) runs.violations.push(`seed ${seed}: ${invariant} at ${seq}`);
    if (ended === 'stuck') runs.violations.push(`seed ${seed}: stuck`);
    for (const {name, holds} of report.identities) if (!holds) runs.identities.push(`seed ${seed}: ${name}`);
    for (const [id, count] of Object.entries(report.reached)) if (count > 0) reached.add(id);
    for (const row of rows) hash.update(row);
  }
  runs.reached = [...reached].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
  runs.sha256 = hash.digest('hex');
  return runs;
}
