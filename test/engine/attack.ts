import {enabled} from '../../src/engine/enabled.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {createState, type EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {kindTable} from '../../src/protocol/kinds.js';
import {none, Row, rowFields} from '../../src/protocol/row.js';
import {candidates, Dice, draw, noSink} from './walk.js';

/** What a forged or damaged trace could hold in any field, and more. */
export const nonsense = [
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
export function attack(
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
