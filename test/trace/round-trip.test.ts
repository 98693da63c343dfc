import fs from 'node:fs';
import path from 'node:path';
import {tableFromIPC} from 'apache-arrow';
import {expect, test} from 'vitest';
import {kindNames} from '../../src/protocol/kinds.js';
import {reasonNames} from '../../src/protocol/reasons.js';
import {newRow, none, Row} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {columnNames} from '../../src/trace/schema.js';
import {resignTrace} from './resign.js';
import {metadata, readRows, syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

const folder = temporaryFolder();
const file = (name: string) => path.join(folder, `${name}.arrow`);

const sizes = [
  {rows: 0, rowsPerBatch: 8},
  {rows: 1, rowsPerBatch: 1},
  {rows: 3, rowsPerBatch: 1},
  {rows: 7, rowsPerBatch: 8},
  {rows: 100, rowsPerBatch: 37},
  {rows: 128, rowsPerBatch: 64},
  {rows: 129, rowsPerBatch: 64},
  {rows: 9_000, rowsPerBatch: 2_048},
];

test.for(sizes)('$rows rows in batches of $rowsPerBatch come back', ({rows, rowsPerBatch}) => {
  const name = file(`round-${rows}-${rowsPerBatch}`);
  const written = syntheticRows(rows);
  const digest = writeRows(name, written, rowsPerBatch);
  expect(readRows(name)).toEqual(written);
  const reader = openTrace(name);
  expect(reader.metadata).toEqual(metadata);
  expect(reader.digest).toBe(digest);
  expect(reader.rows).toBe(rows);
  expect(reader.complete).toBe(true);
  expect(reader.verify()).toEqual([]);
  expect(reader.end).toEqual({ended: 'until', endNs: rows === 0 ? 1 : 1_000_000_007 * (rows - 1) + 1});
  expect(reader.batches.length).toBe(Math.max(1, Math.ceil(rows / rowsPerBatch)));
  reader.close();
});

test('a batch tells its rows, its times and the state after its last whole step', () => {
  const name = file('facts');
  const writer = new TraceWriter(name, metadata, {rowsPerBatch: 4});
  for (const row of syntheticRows(10)) {
    writer.row(row);
    if (row[Row.seq] % 3 === 2) writer.endStep(0xffffffff, row[Row.seq]);
  }
  writer.finish({ended: 'killed', endNs: 10_000_000_000});
  const reader = openTrace(name);
  const told = reader.batches.map(({rows, firstSeq, firstNs, lastNs, stateHash, stateSeq}) => {
    return [rows, firstSeq, firstNs, lastNs, stateHash, stateSeq];
  });
  reader.close();
  expect(told).toEqual([
    [4, 0, 0, 3_000_000_021, '00000002ffffffff', 2],
    [4, 4, 4_000_000_028, 7_000_000_049, '00000005ffffffff', 5],
    [2, 8, 8_000_000_056, 9_000_000_063, '00000008ffffffff', 8],
  ]);
});

test('the same rows give the same bytes, also by way of a reader', () => {
  const digests = ['once', 'twice'].map((name) => writeRows(file(name), syntheticRows(300), 64));
  digests.push(resignTrace(file('once'), file('resigned')));
  const [once, twice, resigned] = ['once', 'twice', 'resigned'].map((name) => fs.readFileSync(file(name)));
  expect(twice.equals(once)).toBe(true);
  expect(resigned.equals(once)).toBe(true);
  expect(new Set(digests).size).toBe(1);
});

test('one changed cell changes the digest from its batch on', () => {
  writeRows(file('left'), syntheticRows(100), 16);
  resignTrace(file('left'), file('right'), {
    row(row) {
      if (row[Row.seq] === 40) row[Row.token] = 12345;
      return true;
    },
  });
  const [left, right] = ['left', 'right'].map((name) => openTrace(file(name)));
  const differs = left.batches.map((batch, index) => batch.digest !== right.batches[index].digest);
  const columns = columnNames.filter((_, index) => {
    return left.batches[2].columnDigests[index] !== right.batches[2].columnDigests[index];
  });
  left.close();
  right.close();
  expect(differs).toEqual([false, false, true, true, true, true, true]);
  expect(columns).toEqual(['token']);
});

test('apache-arrow reads the same rows', () => {
  const rows = syntheticRows(200);
  writeRows(file('arrow'), rows, 64);
  const table = tableFromIPC(fs.readFileSync(file('arrow')));
  expect(table.schema.fields.map((field) => field.name)).toEqual(columnNames);
  const address = (low: number, high: number) => (high === none ? null : (BigInt(high) << 32n) | BigInt(low));
  const number = (value: number) => (value === none ? null : value);
  const big = (value: number) => (value === none ? null : BigInt(value));
  const expected = rows.map((row) => ({
    seq: BigInt(row[Row.seq]),
    time_ns: BigInt(row[Row.time]),
    vcpu: number(row[Row.vcpu]),
    task: number(row[Row.task]),
    kind: kindNames[row[Row.kind]],
    choice: row[Row.choice] === 1,
    fault: big(row[Row.fault]),
    cause: big(row[Row.cause]),
    token: number(row[Row.token]),
    gpa: address(row[Row.gpaLo], row[Row.gpaHi]),
    gva: address(row[Row.gvaLo], row[Row.gvaHi]),
    reason: row[Row.reason] === none ? null : reasonNames[row[Row.reason]],
    result: number(row[Row.result]),
    value: big(row[Row.value]),
  }));
  expect(table.toArray().map((row) => row?.toJSON())).toEqual(expected);
});

test('seek goes to any row, and past the end', () => {
  writeRows(file('seek'), syntheticRows(100), 16);
  const reader = openTrace(file('seek'));
  const cursor = new RowCursor(reader);
  const row = newRow();
  for (const seq of [99, 0, 15, 16, 17, 50]) {
    cursor.seek(seq);
    expect(cursor.next(row)).toBe(true);
    expect(row[Row.seq]).toBe(seq);
  }
  for (const seq of [100, 1_000_000]) {
    cursor.seek(seq);
    expect(cursor.next(row)).toBe(false);
  }
  reader.close();
});

test('a writer in the background is behind when a batch is almost full and the one before it is not in the file', async () => {
  const name = file('background');
  const writer = new TraceWriter(name, metadata, {rowsPerBatch: 64, inBackground: true});
  const rows = syntheticRows(300);
  const behind: number[] = [];
  for (const row of rows) {
    writer.row(row);
    if (!writer.isBehind) continue;
    behind.push(writer.rows);
    expect(writer.rows - rowsInFile(name)).toBeLessThanOrEqual(2 * 64);
    await writer.caughtUp();
    expect(writer.isBehind).toBe(false);
  }
  await writer.caughtUp();
  writer.finish({ended: 'until', endNs: 1e15});
  expect(behind).toEqual([64 + 56, 2 * 64 + 56, 3 * 64 + 56]);
  expect(readRows(name)).toEqual(rows);
});

test.each(['none', 'zstd'] as const)('the same bytes in the background, compression %s', async (compression) => {
  const written = async (name: string, inBackground: boolean) => {
    const writer = new TraceWriter(file(name), metadata, {rowsPerBatch: 128, inBackground, compression});
    for (const [index, row] of syntheticRows(1000).entries()) {
      writer.row(row);
      if (index % 10 === 0) writer.endStep(index, 7);
      if (writer.isBehind) await writer.caughtUp();
    }
    await writer.caughtUp();
    writer.finish({ended: 'until', endNs: 1e15});
    return fs.readFileSync(file(name));
  };
  const background = await written('on-threads', true);
  expect(background.equals(await written('on-one-thread', false))).toBe(true);
});

test('a cursor that comes to a damaged batch comes to it again', () => {
  writeRows(file('whole'), syntheticRows(100), 10);
  const bytes = fs.readFileSync(file('whole'));
  const reader = openTrace(file('whole'));
  bytes[reader.batches[3].offset + reader.batches[3].headerBytes + 100] ^= 1;
  reader.close();
  fs.writeFileSync(file('bad'), bytes);
  const bad = openTrace(file('bad'));
  const cursor = new RowCursor(bad);
  const row = newRow();
  expect(cursor.next(row)).toBe(true);
  for (let again = 0; again < 2; again++) expect(() => cursor.seek(35)).toThrow('batch 3');
  expect(() => cursor.next(row)).toThrow('batch 3');
  cursor.seek(42);
  expect(cursor.next(row)).toBe(true);
  expect(row[Row.seq]).toBe(42);
  bad.close();
  expect(() => bad.readBatch(0, ['seq'])).toThrow('is closed');
});

test('of a trace in which every batch is damaged, a hundred are told', () => {
  writeRows(file('many'), syntheticRows(300), 1);
  const bytes = fs.readFileSync(file('many'));
  const reader = openTrace(file('many'));
  for (const {offset, headerBytes} of reader.batches) bytes[offset + headerBytes + 8] ^= 1;
  reader.close();
  fs.writeFileSync(file('many'), bytes);
  const damaged = openTrace(file('many'));
  expect(damaged.verify().map(({message}) => message.slice(0, 8))).toEqual(
    Array.from({length: 100}, (_, batch) => `batch ${batch}, `.slice(0, 8)),
  );
  damaged.close();
});

/** Of a file that is written still, or not begun. */
function rowsInFile(name: string): number {
  if (!fs.existsSync(name)) return 0;
  const reader = openTrace(name);
  reader.close();
  return reader.rows;
}
