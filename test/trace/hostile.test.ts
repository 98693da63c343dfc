import fs from 'node:fs';
import path from 'node:path';
import {RecordBatchFileWriter, tableFromArrays} from 'apache-arrow';
import {describe, expect, test} from 'vitest';
import {ApfError} from '../../src/base/errors.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Row} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {type Forgery, forgeTrace} from './forge.js';
import {metadata, readRows, syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

const folder = temporaryFolder();
const badData = (code: string) => expect.objectContaining({kind: 'badData', exitCode: 65, code});

/** The class and code of what `run` throws; anything but an ApfError passes through. */
function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ApfError) return `${error.kind} ${error.code}`;
    throw error;
  }
  return 'none';
}

test('a scenario that is nested too deep to be worked through is bad data', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  const written = (depth: number) => {
    const name = path.join(folder, 'nested.arrow');
    new TraceWriter(name, {...metadata, scenario: nested(depth)}).finish({ended: 'until', endNs: 0});
    return name;
  };
  expect(failure(() => openTrace(written(100)).close())).toBe('none');
  expect(failure(() => openTrace(written(101)))).toBe('badData TRACE_METADATA');
});

test('every bit of a trace is either digested or prescribed', () => {
  const name = path.join(folder, 'flipped.arrow');
  writeRows(name, syntheticRows(12), 8);
  const bytes = fs.readFileSync(name);
  const fd = fs.openSync(name, 'r+');
  const unnoticed: string[] = [];
  for (let index = 0; index < bytes.length; index++) {
    for (const mask of [1 << (index % 8), 0x80 >> (index % 3), 0xff]) {
      fs.writeSync(fd, Uint8Array.of(bytes[index] ^ mask), 0, 1, index);
      const found = failure(() => readRows(name));
      if (!found.startsWith('badData TRACE_')) unnoticed.push(`byte ${index} xor ${mask}: ${found}`);
    }
    fs.writeSync(fd, bytes, index, 1, index);
  }
  fs.closeSync(fd);
  expect(unnoticed).toEqual([]);
  expect(readRows(name).length).toBe(12);
});

test('a trace cut at any byte is bad data in its schema, and the whole batches after it', () => {
  const name = path.join(folder, 'cut.arrow');
  const rows = syntheticRows(12);
  writeRows(name, rows, 4);
  const whole = openTrace(name);
  whole.close();
  const ends = whole.batches.map((batch) => batch.offset + batch.headerBytes + batch.bodyBytes);
  const wrong: string[] = [];
  for (let length = fs.statSync(name).size - 1; length >= 0; length--) {
    fs.truncateSync(name, length);
    if (length < whole.batches[0].offset) {
      const found = failure(() => openTrace(name));
      if (!/^badData TRACE_(SCHEMA_CUT|FOREIGN)$/.test(found)) wrong.push(`${length} bytes: ${found}`);
      continue;
    }
    const count = 4 * ends.filter((end) => end <= length).length;
    const reader = openTrace(name);
    reader.close();
    const dropped = length - (ends.findLast((end) => end <= length) ?? whole.batches[0].offset);
    const code = dropped === 0 ? 'TRACE_UNFINISHED' : 'TRACE_CUT';
    if (reader.complete || reader.rows !== count || reader.problems.map((problem) => problem.code).join() !== code) {
      wrong.push(`${length} bytes: ${reader.rows} rows, ${JSON.stringify(reader.problems)}`);
    }
    if (length % 16 === 0) expect(readRows(name)).toEqual(rows.slice(0, count));
  }
  expect(wrong).toEqual([]);
});

test('a batch with a damaged body is refused, those before it are not', () => {
  const name = path.join(folder, 'body.arrow');
  writeRows(name, syntheticRows(12), 4);
  const {offset, headerBytes} = (() => {
    const reader = openTrace(name);
    reader.close();
    return reader.batches[1];
  })();
  const fd = fs.openSync(name, 'r+');
  fs.writeSync(fd, Uint8Array.of(0xee), 0, 1, offset + headerBytes);
  fs.closeSync(fd);
  const reader = openTrace(name);
  expect(reader.problems).toEqual([]);
  expect(reader.verify().map(({code, offset}) => ({code, offset}))).toEqual([
    {code: 'TRACE_DIGEST', offset: offset + headerBytes},
  ]);
  expect(reader.readBatch(0, ['seq']).column('seq').values[3]).toBe(3n);
  expect(() => reader.readBatch(1, ['kind', 'seq'])).toThrow(badData('TRACE_DIGEST'));
  expect(reader.readBatch(1, ['kind']).rows).toBe(4);
  reader.close();
});

test('a batch with a damaged header is refused, and everything after it', () => {
  const name = path.join(folder, 'header.arrow');
  writeRows(name, syntheticRows(12), 4);
  const first = openTrace(name);
  first.close();
  const fd = fs.openSync(name, 'r+');
  fs.writeSync(fd, Uint8Array.of(0x11), 0, 1, first.batches[1].offset + 100);
  fs.closeSync(fd);
  const reader = openTrace(name);
  expect(reader.rows).toBe(4);
  expect(reader.complete).toBe(false);
  expect(reader.problems.map((problem) => problem.code)).toEqual(['TRACE_DAMAGED']);
  expect(reader.batches.length).toBe(2);
  expect(reader.readBatch(0, ['seq']).rows).toBe(4);
  expect(() => reader.readBatch(1, [])).toThrow(badData('TRACE_DAMAGED'));
  expect(() => readRows(name)).toThrow(badData('TRACE_DAMAGED'));
  reader.close();
});

const forgeries: [string, Partial<Forgery>, string][] = [
  ['nothing', {}, 'none'],
  ['an older dictionary', {counts: {kind: 12, reason: 12}}, 'none'],
  ['a kind past an older dictionary', {counts: {kind: 11, reason: 19}}, 'badData TRACE_VALUE'],
  ['a kind past the dictionary', {body: (values) => values('kind').fill(200, 3, 4)}, 'badData TRACE_VALUE'],
  ['a reason past the dictionary', {body: (values) => values('reason').fill(200, 1, 2)}, 'badData TRACE_VALUE'],
  ['a value under a null', {body: (values) => values('reason').fill(1, 0, 1)}, 'badData TRACE_VALUE'],
  ['a word under a null', {body: (values) => values('gpa').fill(1, 4, 5)}, 'badData TRACE_VALUE'],
  ['bits past the last row', {body: (_, validity) => validity('task').fill(0xff, 1, 2)}, 'badData TRACE_VALUE'],
  ['choices past the last row', {body: (values) => values('choice').fill(0x10, 1, 2)}, 'badData TRACE_VALUE'],
  ['padding that is not zero', {body: (values) => values('kind').fill(1, 12, 16)}, 'badData TRACE_VALUE'],
  ['padding of a bitmap', {body: (_, validity) => validity('task').fill(1, 7, 8)}, 'badData TRACE_VALUE'],
  ['a choice that is an event', {body: (values) => values('choice').fill(0, 0, 1)}, 'badData TRACE_VALUE'],
  ['a seq out of order', {body: (values) => values('seq').fill(9, 8, 9)}, 'badData TRACE_VALUE'],
  ['a time that falls', {body: (values) => values('time_ns').fill(0xff, 12, 13)}, 'badData TRACE_VALUE'],
  ['a negative time', {body: (values) => values('time_ns').fill(0xff, 40, 48)}, 'badData TRACE_VALUE'],
  ['a fault that comes later', {body: (values) => values('fault').fill(2, 8, 9)}, 'badData TRACE_VALUE'],
  ['a cause that is the row itself', {body: (values) => values('cause').fill(1, 8, 9)}, 'badData TRACE_VALUE'],
  ['a value past 2^53', {body: (values) => values('value').fill(0x20, 14, 15)}, 'badData TRACE_VALUE'],
  ['a negative value', {body: (values) => values('value').fill(0xff, 8, 16)}, 'badData TRACE_VALUE'],
  ['a null count', {facts: (facts) => facts.nullCounts.splice(3, 1, 5)}, 'badData TRACE_VALUE'],
  ['nulls in seq', {facts: (facts) => facts.nullCounts.splice(0, 1, 1)}, 'badData TRACE_DAMAGED'],
  ['more nulls than rows', {facts: (facts) => facts.nullCounts.splice(3, 1, 13)}, 'badData TRACE_DAMAGED'],
  ['more rows than a batch has', {rowsPerBatch: 11}, 'badData TRACE_DAMAGED'],
  [
    'fewer rows without an end',
    {rowsPerBatch: 13, facts: (facts) => Object.assign(facts, {end: null})},
    'badData TRACE_DAMAGED',
  ],
  ['a huge number of rows', {facts: (facts) => Object.assign(facts, {rows: 2 ** 50})}, 'badData TRACE_DAMAGED'],
  ['no end before the footer', {facts: (facts) => Object.assign(facts, {end: null})}, 'badData TRACE_FOOTER'],
  [
    'an end before the last row',
    {facts: (facts) => Object.assign(facts, {end: {ended: 'until', endNs: 1}})},
    'badData TRACE_DAMAGED',
  ],
  [
    'an end that steers a terminal',
    {facts: (facts) => Object.assign(facts, {end: {ended: '\x1b[2J', endNs: 1e12}})},
    'badData TRACE_DAMAGED',
  ],
  [
    'a state of no row',
    {facts: (facts) => Object.assign(facts, {stateSeq: 12, stateHash: '0'.repeat(16)})},
    'badData TRACE_DAMAGED',
  ],
  [
    'a state without a hash',
    {facts: (facts) => Object.assign(facts, {stateSeq: 2, stateHash: 'x'})},
    'badData TRACE_DAMAGED',
  ],
  [
    'times that the rows do not have',
    {facts: (facts) => Object.assign(facts, {lastNs: facts.lastNs - 1})},
    'badData TRACE_VALUE',
  ],
  ['a newer format', {texts: (texts) => texts.splice(0, 1, ['apf.format', '2'])}, 'badData TRACE_FORMAT'],
  ['no format', {texts: (texts) => texts.splice(0, 1)}, 'badData TRACE_FOREIGN'],
  ['a format of another form', {texts: (texts) => texts.splice(0, 1, ['apf.format', '01'])}, 'badData TRACE_METADATA'],
  [
    'a scenario that is no JSON',
    {texts: (texts) => texts.splice(5, 1, ['apf.scenario', '{'])},
    'badData TRACE_METADATA',
  ],
  [
    'a scenario of great depth',
    {texts: (texts) => texts.splice(5, 1, ['apf.scenario', '['.repeat(1e6)])},
    'badData TRACE_METADATA',
  ],
  [
    'a protocol that steers a terminal',
    {texts: (texts) => texts.splice(2, 1, ['apf.protocol', '\x1b[2J'])},
    'badData TRACE_METADATA',
  ],
  ['batches of 2^30 rows', {rowsPerBatch: 2 ** 30}, 'badData TRACE_METADATA'],
  ['a key too many', {texts: (texts) => texts.push(['apf.more', '1'])}, 'badData TRACE_SCHEMA'],
  ['keys in another order', {texts: (texts) => texts.reverse()}, 'badData TRACE_SCHEMA'],
];

test.for(forgeries)('forged with right digests: %s', ([what, forgery, expected]) => {
  const name = path.join(folder, `forged-${what.replaceAll(/\W/g, '-')}.arrow`);
  forgeTrace(name, forgery);
  expect(failure(() => readRows(name))).toBe(expected);
});

test('more batches of few rows than any recording has are not looked at', () => {
  const name = path.join(folder, 'many.arrow');
  writeRows(name, syntheticRows(4096), 1);
  const most = openTrace(name);
  most.close();
  expect(most).toMatchObject({rows: 4096, problems: []});
  writeRows(name, syntheticRows(4097), 1);
  const more = openTrace(name);
  more.close();
  expect(more.problems).toMatchObject([
    {code: 'TRACE_DAMAGED', message: expect.stringMatching(/^batch 4096: more than/)},
  ]);
  expect(() => readRows(name)).toThrow(badData('TRACE_DAMAGED'));
});

describe('what is no trace', () => {
  const arrow = RecordBatchFileWriter.writeAll(tableFromArrays({a: Int32Array.of(1, 2)})).toUint8Array(true);
  const cases: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'TRACE_SCHEMA_CUT'],
    ['a text', Buffer.from('hello, world\n'.repeat(100)), 'TRACE_FOREIGN'],
    ['another Arrow file', arrow, 'TRACE_SCHEMA'],
    ['zeros', new Uint8Array(10_000), 'TRACE_FOREIGN'],
    ['a magic and zeros', Buffer.concat([Buffer.from('ARROW1'), new Uint8Array(1_000)]), 'TRACE_SCHEMA'],
    ['a magic and ones', Buffer.concat([Buffer.from('ARROW1'), new Uint8Array(1_000).fill(0xff)]), 'TRACE_SCHEMA'],
  ];
  test.for(cases)('%s', ([what, bytes, code]) => {
    const name = path.join(folder, `foreign-${what}.arrow`);
    fs.writeFileSync(name, bytes);
    expect(() => openTrace(name)).toThrow(badData(code));
  });

  test('no file at all', () => {
    const missing = expect.objectContaining({code: 'TRACE_MISSING', exitCode: 66});
    expect(() => openTrace(path.join(folder, 'nowhere.arrow'))).toThrow(missing);
    expect(() => openTrace(folder)).toThrow(badData('TRACE_NOT_A_FILE'));
  });
});

test('the kinds of the synthetic rows are all there', () => {
  // The forgeries above count on it: row n is of the n-th kind.
  expect(syntheticRows(12).map((row) => row[Row.kind])).toEqual(Array.from({length: 12}, (_, n) => n));
  expect(Kind.access).toBe(0);
});
