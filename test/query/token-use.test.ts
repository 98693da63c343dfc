import path from 'node:path';
import {expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import type {EngineState} from '../../src/engine/state.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {Row} from '../../src/protocol/row.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {runProtocol} from '../check/run-protocol.js';
import {scenarioOfSeed} from '../property/random-runs.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {writeRun} from './write-run.js';

const trace = path.join(temporaryFolder(), 'random.arrow');
const runsPerProtocol = 50;
const rowsMax = 20_000;

/**
 * Runs a scenario into the trace.
 * @returns the tokens in use after each instant at which their number changed, as the engine counts them
 */
async function counted(scenario: ResolvedScenario): Promise<string[]> {
  const lines: string[] = [];
  const places =
    scenario.options.scope === 'vm' ? ['all'] : Array.from({length: scenario.vcpus}, (_, vcpu) => `${vcpu}`);
  let before = places.map(() => 0);
  let used = before;
  let timeNs = 0;
  const endInstant = () => {
    for (const [place, name] of places.entries())
      if (used[place] !== before[place]) lines.push(`${name} ${timeNs} ${used[place]}`);
    before = used;
  };
  const onStep = (state: EngineState, now: number) => {
    if (now !== timeNs) endInstant();
    timeNs = now;
    used = places.map((_, place) => state.cells[state.vcpu(place) + V.tokensUsed]);
  };
  const {rows} = await runProtocol(scenario, rowsMax, onStep);
  endInstant();
  writeRun(trace, scenario, rows, rows.at(-1)?.[Row.time] ?? 0);
  return lines.sort();
}

/** For a range, of which the engine knows nothing. */
const extremes = 'SELECT coalesce(min(in_use), 0) AS low, coalesce(max(in_use), 0) AS high FROM token_use';

const changes = `
  SELECT concat_ws(' ', coalesce(CAST(vcpu AS VARCHAR), 'all'), time_ns, in_use) AS line
  FROM token_use
  QUALIFY in_use <> lag(in_use, 1, 0) OVER (PARTITION BY vcpu ORDER BY time_ns)`;

test.for(protocolNames)('token_use is what the engine counts, in random runs of %s', async (protocol) => {
  for (let seed = 1; seed <= runsPerProtocol; seed++) {
    const scenario = scenarioOfSeed[protocol](seed);
    const expected = await counted(scenario);
    const found = (await queryText({traces: [trace], sql: changes})).trim().split('\n').slice(1).sort();
    const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
    expect(found, what).toEqual(expected);
    const range = await queryText({traces: [trace], from: '100', to: '250', sql: extremes});
    const [, low, high] = /^low,high\n(-?\d+),(\d+)\n$/.exec(range) ?? [];
    expect(Number(low), what).toBeGreaterThanOrEqual(0);
    // The wake-all of apf-int and apf-pf is one more than there are tokens.
    expect(Number(high), what).toBeLessThanOrEqual(scenario.tokens + 1);
  }
});
