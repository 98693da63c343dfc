import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {loadRules} from '../../src/check/checker.js';
import {checkerConfig} from '../../src/check/config.js';
import {Kind, type KindName} from '../../src/protocol/kinds.js';
import {type OptionEntry, optionTable} from '../../src/protocol/options.js';
import {reasonNames} from '../../src/protocol/reasons.js';
import {none, Row} from '../../src/protocol/row.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';

/*
 * Each value of each option changes what a run of fixtures/options/<option>.yaml does, in the way that its point says;
 * and with none of them does the run break a rule.
 */

type Rows = readonly Float64Array[];

const folder = fileURLToPath(new URL('../../fixtures/options/', import.meta.url));

const of = (rows: Rows, kind: KindName) => rows.filter((row) => row[Row.kind] === Kind[kind]);
const reason = (row: Float64Array) => (row[Row.reason] === none ? null : reasonNames[row[Row.reason]]);
const count = (rows: Rows, kind: KindName, why?: string) =>
  of(rows, kind).filter((row) => why === undefined || reason(row) === why).length;
const us = (row: Float64Array) => row[Row.time] / 1000;
const tokens = (rows: Rows) => of(rows, 'delivery').map((row) => row[Row.token]);
const told = (rows: Rows) => [count(rows, 'delivery'), count(rows, 'deferral')];

/** Of each option: what its scenario shows, and what that is for each value. */
const shown: Record<string, {show: (rows: Rows) => unknown; values: Record<string, unknown>}> = {
  'pnp.checkTpr': {
    show: (rows) => [count(rows, 'delivery'), count(rows, 'deferral', 'tpr')],
    values: {false: [40, 0], true: [20, 20]},
  },
  'sleep.until': {
    show: (rows) => of(rows, 'wakeup').map((row) => [us(row), reason(row)]),
    values: {
      page_ready: [
        [110, null],
        [220, null],
      ],
      token_free: [[150, 'resolution']],
      first_of: [
        [110, null],
        [150, 'resolution'],
      ],
    },
  },
  'sleep.interruptible': {
    show: (rows) => [of(rows, 'serve').map(us), count(rows, 'wakeup', 'interrupt')],
    values: {false: [[110, 110, 110], 0], true: [[30, 60, 90], 3]},
  },
  'token.freeOn': {
    show: (rows) => [of(rows, 'deferral').map((row) => [us(row), reason(row)]), count(rows, 'ack')],
    values: {
      consume: [
        [
          [45, 'no_token'],
          [155, 'no_token'],
        ],
        0,
      ],
      resolve: [[[45, 'no_token']], 0],
      explicit_ack: [
        [
          [45, 'no_token'],
          [155, 'no_token'],
        ],
        1,
      ],
    },
  },
  scope: {show: told, values: {vcpu: [2, 0], vm: [1, 1]}},
  'ring.index': {show: told, values: {free_running: [4, 0], modulo: [3, 1]}},
  'token.alloc': {
    show: tokens,
    values: {monotone: [1, 2, 3, 4], slot_index: [1, 2, 2, 1], kvm: [0x1000, 0x2000, 0x3000, 0x4000]},
  },
  'gva.unknown': {
    show: (rows) => of(rows, 'copy').map((row) => [row[Row.gvaHi], row[Row.gvaLo]])[0],
    values: {all_ones: [2 ** 32 - 1, 2 ** 32 - 1], zero: [0, 0], flag: [none, none]},
  },
  'ready.irq': {
    show: (rows) => [count(rows, 'raise'), count(rows, 'raise', 'coalesced'), count(rows, 'interrupt')],
    values: {each: [6, 5, 1], edge: [1, 0, 1]},
  },
  'ready.target': {
    show: (rows) => of(rows, 'interrupt').map((row) => [us(row), row[Row.vcpu]])[0],
    values: {same: [150, 0], any: [110, 1]},
  },
  'early.cancel': {
    show: (rows) => [count(rows, 'delivery'), count(rows, 'deferral', 'page_ready')],
    values: {false: [10, 0], true: [0, 10]},
  },
  'early.orphan': {
    show: (rows) => [count(rows, 'resolution'), count(rows, 'delivery')],
    values: {forbid: [5, 5], deliver_later: [10, 10], drop: [10, 5]},
  },
  dedup: {
    show: (rows) => [tokens(rows), count(rows, 'deferral', 'repeated_fault'), count(rows, 'resolution')],
    values: {none: [[1, 2], 0, 2], halt: [[1], 1, 1], share_token: [[1, 1], 0, 1]},
  },
  'sleep.failPolicy': {
    show: (rows) => [count(rows, 'kill', 'known_failed'), count(rows, 'delivery'), count(rows, 'abandon')],
    values: {reeval: [0, 2, 1], kill: [1, 1, 0]},
  },
  'pnp.cpl0': {
    show: (rows) => [count(rows, 'delivery'), count(rows, 'deferral', 'user_only')],
    values: {allow: [10, 0], user_only: [5, 5]},
  },
  nested: {
    show: (rows) => [count(rows, 'delivery'), count(rows, 'deferral', 'nested')],
    values: {sleep: [5, 5], exit_to_l1: [10, 0]},
  },
  'handler.interrupts': {
    show: (rows) => {
      const [copy, iret] = [of(rows, 'copy')[0], of(rows, 'iret')[0]];
      return of(rows, 'serve').filter((row) => row[Row.seq] > copy[Row.seq] && row[Row.seq] < iret[Row.seq]).length;
    },
    values: {off: 0, on: 4},
  },
};

const cases = (optionTable as readonly OptionEntry[]).flatMap(({name, question, values, protocols}) =>
  protocols.flatMap((protocol) => values.map((value) => ({name, point: question ?? 'R7', protocol, value}))),
);

describe('each value of each option', () => {
  test.each(cases)('$point: $name = $value, $protocol', async ({name, protocol, value}) => {
    const overrides = [`options.${name}=${value}`, `protocol=${protocol}`];
    const {scenario, files} = await loadScenario(`${folder}${name}.yaml`, {overrides});
    const rows: Float64Array[] = [];
    const checker = (await loadRules(protocol)).createChecker(checkerConfig(scenario));
    const observer = {
      row(row: Float64Array) {
        rows.push(row.slice());
        checker.row(row);
      },
    };
    const recording = {scenario, files, output: null, limitEvents: null, accessesAll: false, signal: null};
    const {ended, timeNs} = await record({...recording, observer, onProgress: null});
    expect(shown[name].show(rows)).toEqual(shown[name].values[value]);
    expect(checker.finish({complete: true, endNs: timeNs, stuck: ended === 'stuck'}).violations).toEqual([]);
  });

  test('no two values of an option show the same', () => {
    for (const {name, values} of optionTable) {
      const known = values.map((value) => JSON.stringify(shown[name].values[value]));
      expect(new Set(known).size, name).toBe(values.length);
    }
  });

  test('every scenario there is an option’s', () => {
    const names = optionTable.map(({name}) => `${name}.yaml`).sort();
    expect(fs.readdirSync(folder).sort()).toEqual(names);
  });
});
