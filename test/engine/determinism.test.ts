import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {Kind, type KindName, kindTable} from '../../src/protocol/kinds.js';
import {none, Row} from '../../src/protocol/row.js';
import {configs, Dice, walk} from './walk.js';

const fieldsOfColumn: Record<string, readonly number[]> = {
  vcpu: [Row.vcpu],
  task: [Row.task],
  fault: [Row.fault],
  cause: [Row.cause],
  token: [Row.token],
  gpa: [Row.gpaLo, Row.gpaHi],
  gva: [Row.gvaLo, Row.gvaHi],
  reason: [Row.reason],
  result: [Row.result],
  value: [Row.value],
};

/** Why a row is not well formed, or nothing. */
function flaw(row: readonly number[], rows: readonly number[][]): string {
  const entry: {name: string; role: string; columns: readonly string[]} | undefined = kindTable[row[Row.kind]];
  if (entry === undefined) return `kind ${row[Row.kind]}`;
  if (row[Row.seq] !== rows.length) return `${entry.name}: seq ${row[Row.seq]}, expected ${rows.length}`;
  for (const [column, fields] of Object.entries(fieldsOfColumn)) {
    const foreign = !entry.columns.includes(column) && fields.some((field) => row[field] !== none);
    if (foreign) return `${entry.name} has a ${column}`;
  }
  if (!row.every((field) => Number.isSafeInteger(field) && field >= none)) return `${entry.name}: ${row.join()}`;
  const isChoice = entry.name === 'inuse' ? row[Row.value] === 0 : entry.role !== 'event';
  if ((row[Row.choice] === 1) !== isChoice) return `${entry.name}: choice ${row[Row.choice]}`;
  if (row[Row.cause] >= row[Row.seq]) return `${entry.name}: its cause comes after it`;
  const fault = row[Row.fault];
  if (entry.name === 'fault' && fault !== row[Row.seq]) return 'a fault that does not name itself';
  if (fault !== none && entry.name !== 'fault' && rows[fault]?.[Row.kind] !== Kind.fault) {
    return `${entry.name}: row ${fault} is no fault`;
  }
  return '';
}

describe.each(configs.map((config, index) => ({index, config})))('configuration $index', ({config}) => {
  test('the same choices give the same rows and the same state', () => {
    const first = createState(config, pnp);
    const second = createState(config, pnp);
    const rows: number[][] = [];
    const again: number[][] = [];
    const choices = walk(first, new Dice(3), 200, {row: (row) => rows.push([...row])});
    for (const choice of choices) step(second, choice, {row: (row) => again.push([...row])});
    expect(rows.length).toBeGreaterThan(choices.length);
    expect(again).toEqual(rows);
    expect(second.equals(first)).toBe(true);
    expect(second.refs).toEqual(first.refs);
  });

  test('every row has its place, the columns of its kind, and a fault and a cause that were there before it', () => {
    const flaws = new Set<string>();
    const kinds = new Set<KindName>();
    for (let seed = 1; seed <= 30; seed++) {
      const rows: number[][] = [];
      walk(createState(config, pnp), new Dice(seed), 150, {
        row: (register) => {
          const row = [...register];
          const found = flaw(row, rows);
          if (found !== '') flaws.add(found);
          else kinds.add(kindTable[row[Row.kind]].name);
          rows.push(row);
        },
      });
    }
    expect([...flaws]).toEqual([]);
    expect(kinds.size).toBeGreaterThan(config.tokens === 0 ? 15 : 20);
  });
});

/** What other protocols and misbehaviours write. */
const notHere = ['misbehave', 'ack', 'enable', 'lapic', 'flags', 'slot', 'busy', 'hypercall'];

test('the walks, taken together, reach every kind of row and every step', () => {
  const kinds = new Set<number>();
  for (const config of configs) {
    for (let seed = 1; seed <= 60; seed++) {
      walk(createState(config, pnp), new Dice(seed), 150, {row: (row) => kinds.add(row[Row.kind])});
    }
  }
  expect(kindTable.map((entry) => entry.name).filter((name) => !kinds.has(Kind[name]))).toEqual(notHere);
});
