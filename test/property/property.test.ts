import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkerConfig} from '../../src/check/config.js';
import {PnpChecker} from '../../src/check/pnp/checker.js';
import type {CheckReport} from '../../src/check/report.js';
import {enabled} from '../../src/engine/enabled.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {type EngineConfig, optionDefaults} from '../../src/protocol/engine-config.js';
import {newRow, Row, type RowSink} from '../../src/protocol/row.js';
import {record} from '../../src/record/record.js';
import {replay} from '../../src/replay/replay.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {Dice, randomScenario} from './random-scenario.js';
import {randomChoice} from './random-walk.js';

const scenarioCount = 2000;
const walkCount = 300;
const walkSteps = 400;
const numbers = [...Array.from({length: 24}, (_, i) => i + 1), 26];
const rules = numbers.map((number) => `R${number}` as keyof CheckReport['reached']);
const folder = temporaryFolder();

/** How often each rule was exercised, by the kind of run. */
const exercised = {scenarios: new Map<string, number>(), walks: new Map<string, number>()};

/** Every invariant and identity holds; what was exercised is added up. */
function judge(report: CheckReport, counts: Map<string, number>, what: string): void {
  expect(report.violations, what).toEqual([]);
  expect(
    report.identities.filter((identity) => !identity.holds),
    what,
  ).toEqual([]);
  for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + report.reached[rule]);
}

test(`${scenarioCount} random scenarios: each ends, replays to the same rows, and breaks no rule`, async () => {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= scenarioCount; seed++) {
    const scenario = randomScenario(seed);
    const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
    const output = join(folder, 'random.arrow');
    const options = {output, limitEvents: null, accessesAll: seed % 10 === 0, signal: null, onProgress: null};
    const {ended, events, timeNs} = await record({scenario, files: new Map(), ...options});
    ends.set(ended, (ends.get(ended) ?? 0) + 1);
    expect(ended, what).not.toBe('stuck');
    const reader = openTrace(output);
    const replayed = await replay(reader, {signal: null, onProgress: null});
    expect(replayed, what).toMatchObject({events, complete: true, difference: null});
    const checker = new PnpChecker(checkerConfig(scenario));
    const cursor = new RowCursor(reader);
    const row = newRow();
    while (cursor.next(row)) checker.row(row);
    reader.close();
    judge(checker.finish({complete: true, endNs: timeNs}), exercised.scenarios, what);
  }
  for (const reason of ['until', 'workload', 'killed']) expect(ends.get(reason), reason).toBeGreaterThan(10);
});

/** Rows of a walk, for the checker and for the comparison with the second run. */
class Kept implements RowSink {
  readonly rows: Float64Array[] = [];

  row(row: Float64Array): void {
    this.rows.push(row.slice());
  }
}

test(`${walkCount} random walks over the engine's choices, shadows and TPR among them: equal again, and no rule broken`, () => {
  for (let seed = 1; seed <= walkCount; seed++) {
    const config = walkConfig(new Dice(seed));
    const state = createState(config, pnp);
    const again = createState(config, pnp);
    const [kept, keptAgain] = [new Kept(), new Kept()];
    const dice = new Dice(seed + walkCount);
    const choice = newRow();
    let timeNs = 0;
    for (let i = 0; i < walkSteps && !state.dead; i++) {
      randomChoice(state, dice, choice);
      choice[Row.time] = timeNs;
      if (!enabled(state, choice)) continue;
      timeNs += dice.pick([0, 0, 1, 5]);
      step(state, choice, kept);
      step(again, choice, keptAgain);
    }
    const what = `walk ${seed}: ${JSON.stringify(config)}`;
    expect(keptAgain.rows, what).toEqual(kept.rows);
    expect(again.equals(state), what).toBe(true);
    expect([state.hashLow, state.hashHigh], what).toEqual(state.hashFromCells());
    const checker = new PnpChecker({...config, ioMaxNs: null, readyMaxNs: null});
    for (const row of kept.rows) checker.row(row);
    judge(checker.finish({complete: true, endNs: timeNs}), exercised.walks, what);
  }
});

function walkConfig(dice: Dice): EngineConfig {
  const pages = dice.pick([2, 4, 6]);
  return {
    vcpus: dice.pick([1, 2]),
    tasks: dice.pick([2, 3, 5]),
    tokens: dice.pick([1, 2, 4]),
    pages,
    presentPages: dice.pick([0, pages]),
    ...optionDefaults,
    taskModes: null,
    misbehave: [],
    recovery: dice.pick([true, true, false]),
    ioStart: dice.pick(['fault', 'delivery'] as const),
    checkTpr: dice.pick([false, true]),
    handlerInterrupts: dice.pick([false, true]),
    wait: dice.pick(['hlt', 'hypercall'] as const),
  };
}

test('each of R1 to R24, and R26, was exercised', () => {
  const counts = (rule: string) => [exercised.scenarios.get(rule) ?? 0, exercised.walks.get(rule) ?? 0];
  const table = rules.map((rule) => {
    const [scenarios, walks] = counts(rule);
    return `${rule.padEnd(4)} ${String(scenarios).padStart(9)} ${String(walks).padStart(9)}`;
  });
  console.log(['rule scenarios     walks', ...table].join('\n'));
  expect(rules.filter((rule) => counts(rule).every((count) => count === 0))).toEqual([]);
});
