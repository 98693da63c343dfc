import {expect, test} from 'vitest';
import {loadRules} from '../../src/check/checker.js';
import type {Protocol} from '../../src/engine/protocols/port.js';
import {misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {scenarioOf} from '../check/run-scenario.js';
import {type MisbehavingRun, replayRun, runMisbehaving} from './misbehaving-run.js';
import {atStartOnly, opportunities} from './opportunities.js';
import {withBug} from './with-bug.js';

/*
 * Each misbehaviour of each protocol: it strikes, the invariant that the table names finds it, nothing is found before
 * it or without it, and the run replays.
 */

const until = {time: 1_000_000_000, faults: 150, accesses: null};
/** A bug may keep a run from its end. */
const rowsMax = 20_000;

const cases = misbehaviourTable.flatMap((entry) =>
  (atStartOnly.includes(entry.name) ? [0] : [0, 100, 900]).flatMap((after) =>
    [1, 2].map((seed) => ({...entry, after, seed})),
  ),
);

const found = ({report}: MisbehavingRun) => report.violations.map(({invariant}) => invariant);

test.for(cases)('$protocol: $name after row $after, seed $seed, is found by $foundBy.0 and replays', async (one) => {
  const clean = scenarioOf({...opportunities[one.name], protocol: one.protocol, until, seed: one.seed});
  const scenario = withBug(clean, one, one.after);
  const run = await runMisbehaving(scenario, rowsMax);
  expect(run.struckSeq).toBeGreaterThan(one.after);
  expect(found(run)).toContain(one.foundBy[0]);
  expect(run.report.violations[0].seq).toBeGreaterThan(one.after);
  expect(one.foundBy).toContain(run.report.violations[0].invariant);
  expect(await replayRun(scenario, run)).toEqual({rows: run.rows, hash: run.hash});
});

test.for(misbehaviourTable)('$protocol: without $name nothing is found in its scenario', async ({protocol, name}) => {
  for (const seed of [1, 2]) {
    const run = await runMisbehaving(scenarioOf({...opportunities[name], protocol, until, seed}));
    expect({found: found(run), struckSeq: run.struckSeq}).toEqual({found: [], struckSeq: -1});
  }
});

test.for(protocolNames)(
  '%s: the table names the bugs that there are, and invariants that can be broken',
  async (name) => {
    const {protocol}: {protocol: Protocol} = await import(
      /* @vite-ignore */ `../../src/engine/protocols/${name}/protocol.ts`
    );
    const entries = misbehaviourTable.filter((entry) => entry.protocol === name);
    expect(entries.map((entry) => entry.name).sort()).toEqual(Object.keys(protocol.bugs).sort());
    const {invariants} = await loadRules(name);
    const breakable = invariants.filter((entry) => entry.class !== 'sometimes').map(({id}) => id);
    for (const {foundBy} of entries) for (const id of foundBy) expect(breakable).toContain(id);
  },
);
