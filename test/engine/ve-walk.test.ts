import {expect, test} from 'vitest';
import {VeChecker} from '../../src/check/ve/checker.js';
import {misbehaving} from '../../src/engine/misbehave.js';
import {protocol} from '../../src/engine/protocols/ve/protocol.js';
import {ve} from '../../src/engine/protocols/ve/ve.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {type EngineConfig, TaskMode} from '../../src/protocol/engine-config.js';
import {misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import type {RowSink} from '../../src/protocol/row.js';
import {configs, Dice, walk} from './walk.js';

const walks = 40;

class Rows implements RowSink {
  readonly rows: Float64Array[] = [];
  row(row: Float64Array): void {
    this.rows.push(row.slice());
  }
}

const veConfigs: EngineConfig[] = [
  ...configs,
  {...configs[1], taskModes: Uint8Array.of(TaskMode.user, TaskMode.kernel, TaskMode.nested), recovery: false},
];
const cases = veConfigs.map((config, index) => ({config, index}));

/** Entries enough for several tasks to wait at once. */
const roomy: EngineConfig = {...configs[0], tasks: 4, tokens: 6, pages: 6, recovery: true};

/** What the walks of this file have reached, of each invariant. */
const reached = new Map<string, number>();

test.for(cases)('random walks of configuration $index repeat, and break no rule', ({config, index}) => {
  for (let seed = 0; seed < walks; seed++) {
    const [state, again] = [createState(config, ve), createState(config, ve)];
    const [rows, rowsAgain] = [new Rows(), new Rows()];
    const taken = walk(state, new Dice(seed * 31 + index), 300, rows);
    for (const choice of taken) step(again, choice, rowsAgain);
    expect(rowsAgain.rows).toEqual(rows.rows);
    expect(again.equals(state)).toBe(true);
    expect([state.hashLow, state.hashHigh]).toEqual(state.hashFromCells());
    const checker = new VeChecker({...config, ioMaxNs: null, readyMaxNs: null});
    for (const row of rows.rows) checker.row(row);
    const report = checker.finish({complete: true, endNs: state.timeNs});
    expect({seed, violations: report.violations}).toEqual({seed, violations: []});
    expect({seed, broken: report.identities.filter(({holds}) => !holds)}).toEqual({seed, broken: []});
    for (const [id, count] of Object.entries(report.reached)) reached.set(id, (reached.get(id) ?? 0) + count);
  }
});

test('together they reach every invariant and every rule', () => {
  expect([...reached].filter(([, count]) => count === 0)).toEqual([]);
});

test.for(misbehaviourTable.filter((entry) => entry.protocol === 've'))(
  'walks with $name never throw',
  ({name, party}) => {
    let struck = 0;
    for (let seed = 0; seed < 6 * walks; seed++) {
      const config = {...roomy, misbehave: [{party, bug: name, after: seed % walks}]};
      const state = createState(config, misbehaving(protocol, config));
      walk(state, new Dice(seed), 300, new Rows());
      expect([state.hashLow, state.hashHigh]).toEqual(state.hashFromCells());
      struck += state.cells[state.layout.struck];
    }
    expect(struck).toBeGreaterThan(3);
  },
);
