import {expect, test} from 'vitest';
import {invariants} from '../../src/check/pnp/invariants.js';
import {brokenDeliveries} from './broken-tables-delivery.js';
import {brokenWaits, consumedFirst} from './broken-tables-waiting.js';
import {asleep, check, finished, parked} from './row-table.js';

const cases = [...brokenDeliveries, ...brokenWaits];

test.for(cases)('$name', ({name, table, config, seq, also = []}) => {
  const report = check(table, config);
  expect(report.violations.map((violation) => violation.invariant)).toEqual([name.split(' ')[0], ...also]);
  expect(report.violations[0].seq).toBe(seq);
  expect(report.violations[0].rows).toContain(seq);
});

test('every invariant has a table that breaks it', () => {
  const broken = new Set(cases.map(({name}) => name.split(' ')[0]));
  const rules = invariants.filter((entry) => entry.class !== 'sometimes').map(({id}) => id);
  expect(rules.filter((id) => !broken.has(id))).toEqual([]);
});

const clean = [
  {name: 'a fault that is delivered', table: finished},
  {
    name: 'a fault that sleeps',
    table: `${asleep} @60 completion p5 r0\n wakeup v0 t0 p5 f3\n retry v0 t0 p5 f3\n retire v0 t0 p5 f3`,
  },
  {
    name: 'a retry whose page was evicted',
    table: finished.replace(/retry .*\n.*retire .*/, 'eviction p5\n retry v0 t0 p5 f2\n fault v0 t0 p5'),
  },
  {
    name: 'an early resolution in the handler',
    table: `${consumedFirst} park v0 t0 p5 f2 k1 =0 early
      inuse  v0 t0 f2 =0 by_guest
      iret   v0 t0 f2 page_not_present
      retry  v0 t0 p5 f2
      retire v0 t0 p5 f2`,
    config: {handlerInterrupts: true},
  },
];

test.for(clean)('clean: $name', ({table, config}) => {
  const report = check(table, config);
  expect(report.violations).toEqual([]);
  expect(report.identities.filter((identity) => !identity.holds)).toEqual([]);
});

test('a trace that is cut after any row is no violation', () => {
  for (const {table, config} of clean) {
    const lines = table.split('\n').filter((line) => line.trim() !== '');
    for (let length = 0; length <= lines.length; length++) {
      const report = check(lines.slice(0, length).join('\n'), config, false);
      expect(report.violations).toEqual([]);
      expect(report.identities.filter((identity) => !identity.holds)).toEqual([]);
    }
  }
});

test('rows of a vCPU that the scenario does not have are bad data', () => {
  expect(() => check('dispatch v1 t0')).toThrow(expect.objectContaining({code: 'CHECK_ROW', exitCode: 65}));
  expect(() => check('dispatch v0 t2')).toThrow(expect.objectContaining({code: 'CHECK_ROW', exitCode: 65}));
});

test('time that goes back, and an answer of a fault that was none, break an identity', () => {
  const failing = (table: string) => check(table).identities.filter((identity) => !identity.holds);
  expect(failing('@9 dispatch v0 t0\n @8 mask v0 t0 =0\n @20 mask v0 t0 =1').map(({name}) => name)).toEqual([
    'time of vcpu 0',
  ]);
  expect(failing(`${parked} unpark v0 t0 p5 f2 k1 r0`).map(({name}) => name)).toEqual(['wakeups']);
});

test('rules are counted where they are exercised', () => {
  const {reached} = check(finished, {tokens: 1});
  const exercised = Object.entries(reached).filter(([id, count]) => id.startsWith('R') && count > 0);
  expect(exercised.map(([id]) => id)).toEqual(['R1', 'R2', 'R3', 'R4', 'R9', 'R13', 'R14', 'R17', 'R18', 'R19', 'R21']);
  expect(reached['AL-S10']).toBe(0);
});
