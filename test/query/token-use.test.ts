import path from 'node:path';
import {expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import type {EngineState} from '../../src/engine/state.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {Row} from '../../src/protocol/row.js';
import {behaviourVersion} from '../../src/protocol/version.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {formatVersion} from '../../src/trace/schema.js';
import {runProtocol} from '../check/run-protocol.js';
import {scenarioOfSeed} from '../property/random-runs.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

const trace = path.join(temporaryFolder(), 'random.arrow');
const runsPerProtocol = 50;
const rowsMax = 20_000;

/** Tokens in use after each instant at which their number is another than after the one before, as the engine counts them. */
class Counted {
  readonly lines: string[] = [];
  private readonly before: number[];

  constructor(private readonly vcpus: readonly (number | null)[]) {
    this.before = vcpus.map(() => 0);
  }

  at(timeNs: number, inUse: (place: number) => number): void {
    for (const [place, vcpu] of this.vcpus.entries()) {
      if (inUse(place) === this.before[place]) continue;
      this.before[place] = inUse(place);
      this.lines.push(`${vcpu ?? 'all'} ${timeNs} ${inUse(place)}`);
    }
  }
}

/** Runs a scenario into the trace. */
async function counted(scenario: ResolvedScenario): Promise<string[]> {
  const isShared = scenario.options.scope === 'vm';
  const counts = new Counted(isShared ? [null] : Array.from({length: scenario.vcpus}, (_, vcpu) => vcpu));
  let used = new Array<number>(scenario.vcpus).fill(0);
  let timeNs = 0;
  const onStep = (state: EngineState, now: number) => {
    if (now !== timeNs) counts.at(timeNs, (place) => used[place]);
    timeNs = now;
    used = Array.from({length: scenario.vcpus}, (_, vcpu) => state.cells[state.vcpu(vcpu) + V.tokensUsed]);
  };
  const {rows} = await runProtocol(scenario, rowsMax, onStep);
  counts.at(timeNs, (place) => used[place]);
  const metadata = {format: formatVersion, behaviour: behaviourVersion, protocol: scenario.protocol, seed: 0, scenario};
  const writer = new TraceWriter(trace, metadata);
  for (const row of rows) writer.row(row);
  writer.finish({ended: 'until', endNs: rows.at(-1)?.[Row.time] ?? 0});
  return counts.lines.sort();
}

/** Also of those that a range leaves out the beginning of. */
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
