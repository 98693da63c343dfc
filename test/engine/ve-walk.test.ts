import {expect, test} from 'vitest';
import {ve} from '../../src/engine/protocols/ve/ve.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {Row, type RowSink} from '../../src/protocol/row.js';
import {configs, Dice, walk} from './walk.js';

const walks = 60;

class Rows implements RowSink {
  readonly rows: Float64Array[] = [];
  row(row: Float64Array): void {
    this.rows.push(row.slice());
  }
}

test.for(configs.map((config, index) => ({config, index})))(
  've: random walks never throw and repeat, configuration $index',
  ({config, index}) => {
    for (let seed = 0; seed < walks; seed++) {
      const state = createState(config, ve);
      const again = createState(config, ve);
      const [rows, rowsAgain] = [new Rows(), new Rows()];
      const taken = walk(state, new Dice(seed * 31 + index), 400, rows);
      for (const choice of taken) step(again, choice, rowsAgain);
      expect(rowsAgain.rows).toEqual(rows.rows);
      expect(again.equals(state)).toBe(true);
      expect([state.hashLow, state.hashHigh]).toEqual(state.hashFromCells());
      for (const [seq, row] of rows.rows.entries()) expect(row[Row.seq]).toBe(seq);
    }
  },
);
