import {describe, expect, test} from 'vitest';
import {enabled} from '../../src/engine/enabled.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {Kind, kindTable} from '../../src/protocol/kinds.js';
import {newRow, none, Row} from '../../src/protocol/row.js';
import {Run, smallConfig} from '../rules/driver.js';
import {attack, nonsense} from './attack.js';
import {candidates, configs, Dice, draw, noSink} from './walk.js';

describe('enabled is the wall against forged traces', () => {
  test.each(configs.map((config, index) => ({index, config})))(
    'configuration $index: nonsense is refused or harmless',
    ({config}) => {
      const {flaws, taken} = attack(config, pnp, 25, 60);
      expect(Object.fromEntries(flaws)).toEqual({});
      expect(taken).toBeGreaterThan(400);
    },
  );

  test('a kind that is no choice is refused in every state', () => {
    const events = kindTable.filter((entry) => entry.role === 'event').map((entry) => Kind[entry.name]);
    const accepted: string[] = [];
    for (const config of configs) {
      const state = createState(config, pnp);
      const dice = new Dice(11);
      const all = candidates(config);
      for (let choice = draw(state, all, dice), count = 0; choice !== null && count < 200; count++) {
        for (const kind of [...events, ...nonsense.filter((value) => !(value >= 0 && value < 20)), kindTable.length]) {
          const forged = newRow();
          forged[Row.kind] = kind;
          forged[Row.time] = state.timeNs;
          forged[Row.vcpu] = 0;
          if (enabled(state, forged)) accepted.push(`kind ${kind} after ${count} choices`);
        }
        step(state, choice, noSink);
        choice = draw(state, all, dice);
      }
    }
    expect(accepted).toEqual([]);
  });

  test('every field that counts is refused out of its range, and between two integers', () => {
    const small = newRow();
    const run = new Run();
    const cases: [kind: keyof typeof Kind, field: number, good: number, bad: readonly number[]][] = [
      ['dispatch', Row.vcpu, 0, [1, none, 0.5, 1 / 21, Number.NaN, 2 ** 32]],
      ['dispatch', Row.task, 1, [2, none, 0.5, 0.1, Number.NaN, 2 ** 32]],
      ['dispatch', Row.time, 5, [none, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]],
    ];
    for (const [kind, field, good, bad] of cases) {
      small.fill(none);
      small[Row.kind] = Kind[kind];
      small[Row.time] = 0;
      small[Row.vcpu] = 0;
      small[Row.task] = 0;
      small[field] = good;
      expect(enabled(run.state, small)).toBe(true);
      for (const value of bad) {
        small[field] = value;
        expect(`${kind} ${value} ${enabled(run.state, small)}`).toBe(`${kind} ${value} false`);
      }
    }
  });

  test('a mask is four bits, a result one, a page one of the guest', () => {
    const run = new Run();
    run.dispatch(0, 0);
    for (const value of [16, none, 0.5, Number.NaN]) expect(run.can('mask', {vcpu: 0, value})).toBe(false);
    for (const page of [smallConfig.pages, none, Number.NaN, 2 ** 40]) {
      expect(run.can('access', {vcpu: 0, page})).toBe(false);
    }
    expect(run.can('access', {vcpu: 0, page: 3})).toBe(true);
    run.fault(0, 1);
    for (const result of [2, none, 0.5, Number.NaN]) expect(run.can('completion', {page: 1, result})).toBe(false);
    expect(run.can('completion', {page: 1, result: 1})).toBe(true);
  });

  test('time does not run backwards, and a dead guest does nothing', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.mask(0, 0);
    const late = newRow();
    late[Row.kind] = Kind.nmi;
    late[Row.vcpu] = 0;
    for (const [time, open] of [
      [0, false],
      [1, true],
      [2, true],
    ] as const) {
      late[Row.time] = time;
      expect(enabled(run.state, late)).toBe(open);
    }
    run.fault(0, 1);
    run.complete(1, 1);
    expect(run.state.dead).toBe(true);
    const open = candidates(smallConfig).filter((choice) => {
      choice[Row.time] = run.state.timeNs;
      return enabled(run.state, choice);
    });
    expect(open).toEqual([]);
  });
});
