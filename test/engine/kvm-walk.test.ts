import {describe, expect, test} from 'vitest';
import {misbehaving} from '../../src/engine/misbehave.js';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {protocol as apfPf} from '../../src/engine/protocols/apf-pf/protocol.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {type EngineConfig, TaskMode} from '../../src/protocol/engine-config.js';
import {type KindName, kindTable} from '../../src/protocol/kinds.js';
import {misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {none, Row} from '../../src/protocol/row.js';
import {smallConfig} from '../rules/driver.js';
import {attack} from './attack.js';
import {candidates, Dice, draw, walk} from './walk.js';

const taskModes = new Uint8Array([TaskMode.kernel, TaskMode.user, TaskMode.nested]);

/** Configurations that between them reach every branch of host and guest. */
const configs: readonly EngineConfig[] = [
  {...smallConfig, recovery: true},
  {...smallConfig, vcpus: 2, tasks: 3, pages: 3, recovery: true},
  {...smallConfig, vcpus: 2, tokens: 1, pages: 3, wait: 'hypercall'},
  {...smallConfig, tasks: 3, tokens: 3, ioStart: 'delivery', recovery: true, taskModes, cpl0: 'user_only'},
  {...smallConfig, tasks: 3, pages: 2, recovery: true, taskModes, nested: 'exit_to_l1', handlerInterrupts: true},
  {...smallConfig, tasks: 1, pages: 2, recovery: true},
  {...smallConfig, tokens: 0, pages: 2, recovery: true},
];

/** Every bug of a protocol, some of them twice, so that they meet. */
function buggy(config: EngineConfig, name: string): EngineConfig {
  const bugs = misbehaviourTable.filter(({protocol}) => protocol === name);
  const misbehave = [...bugs, ...bugs].map(({party, name: bug}, index) => ({party, bug, after: index * 7}));
  return {...config, misbehave};
}

const cases = [
  ['apf-int', apfInt],
  ['apf-pf', apfPf],
] as const;

const runs = cases.flatMap(([name, protocol]) =>
  configs.flatMap((config, index) =>
    [config, buggy(config, name)].map((one) => ({
      name: `${name}, configuration ${index}${one === config ? '' : ', all bugs'}`,
      config: one,
      port: misbehaving(protocol, one),
    })),
  ),
);

describe.each(runs)('$name', ({config, port}) => {
  test('no walk throws, the hash is that of the cells, and the same choices give the same rows and state', () => {
    let taken = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const first = createState(config, port);
      const second = createState(config, port);
      const rows: number[][] = [];
      const again: number[][] = [];
      const choices = walk(first, new Dice(seed), 200, {row: (row) => rows.push([...row])});
      for (const choice of choices) step(second, choice, {row: (row) => again.push([...row])});
      expect(again).toEqual(rows);
      expect(second.equals(first)).toBe(true);
      expect(second.refs).toEqual(first.refs);
      expect([first.hashLow, first.hashHigh]).toEqual(first.hashFromCells());
      expect(rows.map((row) => flaw(row, rows)).filter((found) => found !== '')).toEqual([]);
      taken += choices.length;
    }
    expect(taken).toBeGreaterThan(150);
  });

  test('a forged choice is refused or harmless', () => {
    const {flaws, taken} = attack(config, port, 12, 40);
    expect(Object.fromEntries(flaws)).toEqual({});
    expect(taken).toBeGreaterThan(150);
  });
});

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
function flaw(row: readonly number[], rows: readonly (readonly number[])[]): string {
  const entry: {name: string; columns: readonly string[]} = kindTable[row[Row.kind]];
  for (const [column, fields] of Object.entries(fieldsOfColumn)) {
    const foreign = !entry.columns.includes(column) && fields.some((field) => row[field] !== none);
    if (foreign) return `${entry.name} has a ${column}`;
  }
  if (!row.every((field) => Number.isSafeInteger(field) && field >= none)) return `${entry.name}: ${row.join()}`;
  if (row[Row.cause] >= row[Row.seq]) return `${entry.name}: its cause comes after it`;
  const fault = row[Row.fault];
  if (fault !== none && kindTable[rows[fault][Row.kind]].name !== 'fault') return `${entry.name}: ${fault} is no fault`;
  return '';
}

/** What a protocol's walks never write: the words of others. */
const notHere: Record<string, readonly KindName[]> = {
  'apf-int': ['inuse', 'device', 'serve', 'busy', 'hypercall'],
  'apf-pf': ['inuse', 'device', 'serve', 'ack', 'lapic', 'slot', 'busy', 'hypercall'],
};

test.each(cases)('the walks of %s, taken together, reach every kind of row that it has', (name, protocol) => {
  const kinds = new Set<number>();
  for (const config of configs.flatMap((one) => [one, buggy(one, name)])) {
    const port = misbehaving(protocol, config);
    const all = candidates(config);
    for (let seed = 1; seed <= 80; seed++) {
      const dice = new Dice(seed);
      const state = createState(config, port);
      for (let count = 0; count < 150; count++) {
        const choice = draw(state, all, dice);
        if (choice === null) break;
        step(state, choice, {row: (row) => kinds.add(row[Row.kind])});
      }
    }
  }
  expect(kindTable.filter((_, kind) => !kinds.has(kind)).map((entry) => entry.name)).toEqual(notHere[name]);
});
