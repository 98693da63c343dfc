import {expect, test} from 'vitest';
import {rowDiffLines} from '../../src/cli/row-diff.js';
import {rowObject, rowText} from '../../src/cli/row-text.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {newRow, Row} from '../../src/protocol/row.js';

/** A deferral at 1.5 ms with an address above 2^53. */
function deferral(): Float64Array {
  const row = newRow();
  row[Row.seq] = 12;
  row[Row.time] = 1_500_000;
  row[Row.vcpu] = 3;
  row[Row.kind] = Kind.deferral;
  row[Row.choice] = 0;
  row[Row.fault] = 11;
  row[Row.gpaLo] = 0x1000;
  row[Row.gpaHi] = 0xffffffff;
  row[Row.reason] = Reason.no_token;
  return row;
}

test('a row is one line, as perf script has it', () => {
  expect(rowText(deferral())).toBe(
    '       12 [003]     0.001500000 -         deferral:    fault=11 gpa=0xffffffff00001000 reason=no_token',
  );
});

test('a row without details, and one that is a choice of the whole machine', () => {
  const row = newRow();
  row[Row.seq] = 0;
  row[Row.time] = 12_000_000_001;
  row[Row.kind] = Kind.eviction;
  row[Row.choice] = 1;
  expect(rowText(row).trimEnd()).toBe('        0 [---]    12.000000001 -        >eviction');
});

test('a row as an object has every column, and addresses with all their digits', () => {
  expect(rowObject(deferral())).toEqual({
    seq: 12,
    time_ns: 1_500_000,
    vcpu: 3,
    task: null,
    kind: 'deferral',
    choice: false,
    fault: 11,
    cause: null,
    token: null,
    gpa: 0xffffffff00001000n,
    gva: null,
    reason: 'no_token',
    result: null,
    value: null,
  });
});

test('rows that differ stand one above the other, with the columns that do', () => {
  const other = deferral();
  other[Row.reason] = Reason.in_use;
  const later = deferral();
  later[Row.seq] = 13;
  const lines = rowDiffLines([deferral(), later], [other]);
  expect(lines.map((line) => line[0])).toEqual(['-', '+', '?', '-']);
  expect(lines[2]).toMatch(/differs: reason$/);
});
