import {expect, test} from 'vitest';
import type {CheckerConfig} from '../../src/check/config.js';
import type {CheckReport} from '../../src/check/report.js';
import {VeChecker} from '../../src/check/ve/checker.js';
import {invariants} from '../../src/check/ve/invariants.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {Row} from '../../src/protocol/row.js';
import {rowsOf, smallConfig} from './row-table.js';
import {brokenTables, finished, kernel, killed, resumed, suspended} from './ve-broken-tables.js';

/** What the checker says of a table; a busy word that the hardware writes is no choice. */
function check(table: string, config: Partial<CheckerConfig> = {}, complete = true): CheckReport {
  const checker = new VeChecker({...smallConfig, tokens: 3, ...config});
  for (const row of rowsOf(table)) {
    if (row[Row.kind] === Kind.busy && row[Row.reason] === Reason.by_host) row[Row.choice] = 0;
    checker.row(row);
  }
  return checker.finish({complete});
}

test.for(brokenTables)('$name', ({name, table, config, seq, also = []}) => {
  const report = check(table, config);
  expect(report.violations.map((violation) => violation.invariant)).toEqual([name.split(' ')[0], ...also]);
  expect(report.violations[0].seq).toBe(seq);
  expect(report.violations[0].rows).toContain(seq);
});

test('every invariant has a table that breaks it', () => {
  const broken = new Set(brokenTables.map(({name}) => name.split(' ')[0]));
  const rules = invariants.filter((entry) => entry.class !== 'sometimes').map(({id}) => id);
  expect(rules.filter((id) => !broken.has(id))).toEqual([]);
});

const clean = [
  {name: 'a fault that CAN_CONTINUE', table: finished, config: {}},
  {name: 'a kill for a page known failed', table: killed, config: {}},
  {name: 'a fault that is SUSPEND_ME', table: resumed, config: kernel},
  {
    name: 'a vCPU suspended for the busy word',
    table: `${suspended} @60 completion p6 r0\n wakeup v0 p6 f8\n retry v0 p6 f8\n retire v0 p6 f8\n iret v0 nmi`,
    config: {},
  },
  {
    name: 'a retry whose page was evicted',
    table: finished.replace(/retry.*\n.*retire.*/, 'eviction p5\n retry v0 t0 p5 f2\n fault v0 t0 p5'),
    config: {},
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

test('rows of a vCPU or task that the scenario does not have are bad data', () => {
  expect(() => check('dispatch v1 t0')).toThrow(expect.objectContaining({code: 'CHECK_ROW', exitCode: 65}));
  expect(() => check('dispatch v0 t2')).toThrow(expect.objectContaining({code: 'CHECK_ROW', exitCode: 65}));
});

test('time that goes back breaks an identity', () => {
  const {identities} = check('@9 dispatch v0 t0\n @8 mask v0 t0 =0\n @20 mask v0 t0 =1');
  expect(identities.filter(({holds}) => !holds).map(({name}) => name)).toEqual(['time of vcpu 0']);
});
