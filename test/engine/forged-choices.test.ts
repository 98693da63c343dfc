import {describe, expect, test} from 'vitest';
import {enabled} from '../../src/engine/enabled.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {ve} from '../../src/engine/protocols/ve/ve.js';
import {createState, type EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {Kind, kindTable} from '../../src/protocol/kinds.js';
import {newRow, none, Row, rowFields} from '../../src/protocol/row.js';
import {Run, smallConfig} from '../rules/driver.js';
import {candidates, configs, Dice, draw, noSink} from './walk.js';

/** What a forged or damaged trace could hold in any field, and more. */
const nonsense = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  none,
  -2,
  0.5,
  1 / 21,
  0.1,
  1.5,
  1e-300,
  1e300,
  15,
  16,
  255,
  2 ** 20,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
];

/** A choice of which any field may be nonsense, and every field may be some other choice's. */
function forge(state: EngineState, all: readonly Float64Array[], dice: Dice): Float64Array {
  const choice = dice.of(all).slice();
  choice[Row.time] = state.timeNs;
  if (dice.roll(4) === 0) choice[Row.kind] = dice.of([...kindTable.keys(), ...nonsense]);
  const fields = [Row.time, Row.vcpu, Row.task, Row.gpaLo, Row.gpaHi, Row.gvaLo, Row.gvaHi, Row.result, Row.value];
  for (let changes = dice.roll(3); changes >= 0; changes--) {
    const field = dice.of(fields);
    choice[field] = dice.roll(3) === 0 ? dice.of(all)[field] : dice.of(nonsense);
  }
  return choice;
}

/** What is wrong with a choice that was accepted, or nothing. It is tried on a clone. */
function harm(state: EngineState, choice: Float64Array): string {
  const copy = state.clone();
  let broken = '';
  const check = (row: Float64Array) => {
    for (let field = 0; field < rowFields; field++) {
      const value = row[field];
      if (!Number.isSafeInteger(value) || value < none) broken = `a row with ${value} in field ${field}`;
    }
  };
  try {
    step(copy, choice, {row: check});
  } catch (error) {
    return String(error);
  }
  const [low, high] = copy.hashFromCells();
  if (low !== copy.hashLow || high !== copy.hashHigh) return 'the hash is not that of the cells';
  return broken;
}

/** Throws forged choices at the states of a random walk; returns what went wrong, each with the choice. */
function attack(
  config: EngineConfig,
  port: ProtocolPort,
  seeds: number,
  forgeries: number,
): {flaws: Map<string, string>; taken: number} {
  const flaws = new Map<string, string>();
  const all = candidates(config);
  let taken = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const dice = new Dice(seed);
    const state = createState(config, port);
    for (let count = 0; count < 80; count++) {
      const choice = draw(state, all, dice);
      if (choice === null) break;
      step(state, choice, noSink);
      taken++;
      for (let forgery = 0; forgery < forgeries; forgery++) {
        const forged = forge(state, all, dice);
        if (!enabled(state, forged)) continue;
        const found = harm(state, forged);
        if (found !== '') flaws.set(`${kindTable[forged[Row.kind]]?.name}: ${found}`, forged.join());
      }
    }
  }
  return {flaws, taken};
}

const ports: readonly {name: string; port: ProtocolPort}[] = [
  {name: 'pnp', port: pnp},
  {name: 've', port: ve},
];

describe('enabled is the wall against forged traces', () => {
  test.each(ports.flatMap((protocol) => configs.map((config, index) => ({...protocol, index, config}))))(
    '$name, configuration $index: nonsense is refused or harmless',
    ({config, port}) => {
      const {flaws, taken} = attack(config, port, 25, 60);
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
