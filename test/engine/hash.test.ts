import {describe, expect, test} from 'vitest';
import {Mode, V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {createState, type EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {Run} from '../rules/driver.js';
import {candidates, configs, Dice, draw, noSink, walk} from './walk.js';

const hashOf = (state: EngineState) => [state.hashLow, state.hashHigh];

describe('the hash of a state', () => {
  test.each(configs.map((config, index) => ({index, config})))(
    'configuration $index: kept as computed anew',
    ({config}) => {
      let steps = 0;
      for (let seed = 1; seed <= 30; seed++) {
        const state = createState(config, pnp);
        const all = candidates(config);
        const dice = new Dice(seed);
        for (let count = 0; count < 150; count++) {
          const choice = draw(state, all, dice);
          if (choice === null) break;
          step(state, choice, noSink);
          expect(hashOf(state)).toEqual(state.hashFromCells());
          steps++;
        }
      }
      expect(steps).toBeGreaterThan(500);
    },
  );

  test('states have equal hashes exactly if they are equal', () => {
    const seen = new Map<string, string>();
    let met = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const state = createState(configs[0], pnp);
      const all = candidates(configs[0]);
      const dice = new Dice(seed);
      for (let count = 0; count < 60; count++) {
        const choice = draw(state, all, dice);
        if (choice === null) break;
        step(state, choice, noSink);
        const hash = hashOf(state).join();
        const cells = state.cells.join();
        if (seen.has(hash)) met++;
        else seen.set(hash, cells);
        expect(seen.get(hash)).toBe(cells);
      }
    }
    expect(new Set(seen.values()).size).toBe(seen.size);
    expect(seen.size).toBeGreaterThan(1000);
    expect(met).toBeGreaterThan(1000);
  });

  test('independent choices lead to the same state in either order', () => {
    const first = new Run({vcpus: 2});
    first.park(0, 0, 1);
    first.park(1, 1, 2);
    first.complete(1, 0);
    first.complete(2, 1);
    const second = new Run({vcpus: 2});
    second.dispatch(1, 1);
    second.dispatch(0, 0);
    second.fault(1, 2);
    second.complete(2, 1);
    second.steps(1);
    second.fault(0, 1);
    second.complete(1, 0);
    second.steps(0);
    expect(second.kinds).not.toEqual(first.kinds);
    expect(second.state.equals(first.state)).toBe(true);
    expect(hashOf(second.state)).toEqual(hashOf(first.state));
  });

  test('a way there and back leads to the same state, though time and rows have gone on', () => {
    const run = new Run();
    run.dispatch(0, 0);
    const before = run.state.clone();
    run.mask(0, 0);
    expect(run.state.equals(before)).toBe(false);
    run.mask(0, 1);
    run.access(0, 0);
    run.nmi(0);
    run.steps(0);
    expect(run.state.seq).toBeGreaterThan(before.seq);
    expect(run.state.equals(before)).toBe(true);
    expect(hashOf(run.state)).toEqual(hashOf(before));
  });

  test('a finished fault leaves no trace but the token numbers', () => {
    const run = new Run();
    run.dispatch(0, 0);
    const before = run.state.clone();
    run.fault(0, 1);
    run.steps(0);
    run.complete(1, 0);
    run.ready(0, 0);
    run.evict(1);
    const v = run.state.vcpu(0);
    for (const field of [V.lastToken, V.head, V.tail]) {
      expect(run.state.cells[v + field]).toBe(1);
      run.state.put(v + field, 0);
    }
    expect(run.state.equals(before)).toBe(true);
  });
});

describe('a clone', () => {
  test('goes its own way', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.fault(0, 1);
    const copy = run.state.clone();
    expect(copy.equals(run.state)).toBe(true);
    const cells = run.state.cells.slice();
    const hash = hashOf(run.state);
    walk(copy, new Dice(1), 50, noSink);
    expect(copy.equals(run.state)).toBe(false);
    expect(run.state.cells).toEqual(cells);
    expect(hashOf(run.state)).toEqual(hash);
    expect(run.state.cells[run.state.vcpu(0) + V.mode]).toBe(Mode.guest);
  });

  test('goes the same way by the same choices, row for row', () => {
    const state = createState(configs[1], pnp);
    walk(state, new Dice(7), 40, noSink);
    const copy = state.clone();
    const rows: number[][] = [];
    const copied: number[][] = [];
    const choices = walk(state, new Dice(8), 100, {row: (row) => rows.push([...row])});
    for (const choice of choices) step(copy, choice, {row: (row) => copied.push([...row])});
    expect(choices.length).toBe(100);
    expect(copied).toEqual(rows);
    expect(copy.equals(state)).toBe(true);
  });
});
