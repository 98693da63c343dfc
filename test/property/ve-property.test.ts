import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkerConfig} from '../../src/check/config.js';
import type {CheckReport} from '../../src/check/report.js';
import {VeChecker} from '../../src/check/ve/checker.js';
import {Kind} from '../../src/protocol/kinds.js';
import {misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {newRow, Row} from '../../src/protocol/row.js';
import {record} from '../../src/record/record.js';
import {replay} from '../../src/replay/replay.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {veScenario} from './random-ve-scenario.js';

const scenarioCount = 2000;
const bugSeeds = 150;
const folder = temporaryFolder();

interface Judged {
  report: CheckReport;
  ended: string;
  /** Misbehaviours that struck. */
  struck: number;
}

/** Records, replays and checks a scenario. */
async function run(scenario: ResolvedScenario, what: string): Promise<Judged> {
  const output = join(folder, 've.arrow');
  const options = {output, limitEvents: null, accessesAll: false, signal: null, onProgress: null};
  const {ended, events, timeNs} = await record({scenario, files: new Map(), ...options});
  const reader = openTrace(output);
  const replayed = await replay(reader, {signal: null, onProgress: null});
  expect(replayed, what).toMatchObject({events, complete: true, difference: null});
  const checker = new VeChecker(checkerConfig(scenario));
  const cursor = new RowCursor(reader);
  const row = newRow();
  let struck = 0;
  while (cursor.next(row)) {
    checker.row(row);
    if (row[Row.kind] === Kind.misbehave) struck++;
  }
  reader.close();
  return {report: checker.finish({complete: true, endNs: timeNs}), ended, struck};
}

test(`${scenarioCount} random scenarios under ve: each ends, replays to the same rows, and breaks no rule`, async () => {
  const ends = new Map<string, number>();
  const reached = new Map<string, number>();
  for (let seed = 1; seed <= scenarioCount; seed++) {
    const scenario = veScenario(seed);
    const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
    const {report, ended} = await run(scenario, what);
    expect(ended, what).not.toBe('stuck');
    ends.set(ended, (ends.get(ended) ?? 0) + 1);
    expect(report.violations, what).toEqual([]);
    expect(
      report.identities.filter((identity) => !identity.holds),
      what,
    ).toEqual([]);
    for (const [id, count] of Object.entries(report.reached)) reached.set(id, (reached.get(id) ?? 0) + count);
  }
  for (const reason of ['until', 'workload', 'killed']) expect(ends.get(reason), reason).toBeGreaterThan(5);
  expect([...reached].filter(([, count]) => count === 0)).toEqual([]);
});

const bugs = misbehaviourTable.filter(({protocol}) => protocol === 've');

test.for(bugs)('$name is found by the invariant that names it', async ({name, party, foundBy}) => {
  let struck = 0;
  for (let seed = 1; seed <= bugSeeds; seed++) {
    const base = veScenario(seed);
    const scenario = {...base, misbehave: [{party, bug: name, after: seed % 3 === 0 ? 100 : 0}]};
    const judged = await run(scenario, `seed ${seed}`);
    struck += judged.struck;
    expect(judged.report.violations[0]?.invariant, `seed ${seed}`).toBe(judged.struck === 0 ? undefined : foundBy[0]);
  }
  expect(struck).toBeGreaterThan(3);
});
