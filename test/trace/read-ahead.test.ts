import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {expect, onTestFinished, test, vi} from 'vitest';
import {newRow} from '../../src/protocol/row.js';
import {ColumnMemory} from '../../src/trace/decode/column-memory.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {ReadAhead} from '../../src/trace/decode/read-ahead.js';
import {RequestSlots} from '../../src/trace/decode/request-slots.js';
import type {TraceReader} from '../../src/trace/decode/trace-reader.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {repairTrace} from '../../src/trace/repair-trace.js';
import {type ColumnName, columnNames} from '../../src/trace/schema.js';
import {fillRow, metadata, syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

/** How many threads the system gives from now on, and the answers that came from threads. */
const system = vi.hoisted(() => ({threadsLeft: Number.POSITIVE_INFINITY, answers: 0}));

vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>();
  class Worker extends original.Worker {
    constructor(...given: ConstructorParameters<typeof original.Worker>) {
      if (system.threadsLeft === 0) throw new Error('ERR_WORKER_INIT_FAILED');
      system.threadsLeft--;
      super(...given);
    }
  }
  const receiveMessageOnPort = (...given: Parameters<typeof original.receiveMessageOnPort>) => {
    const received = original.receiveMessageOnPort(...given);
    if (received !== undefined) system.answers++;
    return received;
  };
  return {...original, Worker, receiveMessageOnPort};
});

const folder = temporaryFolder();
const file = (name: string) => path.join(folder, `${name}.arrow`);
const batches = Array.from({length: 40}, (_, index) => index);
writeRows(file('small'), syntheticRows(batches.length * 100), 100, 'zstd');

/** As on a machine that has so many, whatever this one has. */
function withProcessors(count: number): void {
  const spy = vi.spyOn(os, 'availableParallelism').mockReturnValue(count);
  onTestFinished(() => spy.mockRestore());
}

function openSmall(): {reader: TraceReader; ahead: ReadAhead} {
  const reader = openTrace(file('small'));
  const ahead = new ReadAhead(file('small'), reader.batches, reader.dictionaries, 0);
  onTestFinished(() => {
    ahead.end();
    reader.close();
  });
  return {reader, ahead};
}

/** Takes batches of columns in turns, pass after pass until a thread had one; whatever it has is as read here. */
async function takenIn(
  {reader, ahead}: {reader: TraceReader; ahead: ReadAhead},
  order: readonly number[],
  columnSets: readonly (readonly ColumnName[])[],
): Promise<number[]> {
  const memories = columnSets.map(() => new ColumnMemory());
  const taken: number[] = [];
  for (let pass = 0; pass < 500 && taken.length === 0; pass++) {
    for (const index of order) {
      for (const [set, columns] of columnSets.entries()) {
        const data = ahead.take(index, columns, memories[set]);
        if (data === null) continue;
        taken.push(index);
        const batch = reader.readBatch(index, columns);
        expect(data).toEqual(new Map(columns.map((column) => [column, batch.column(column)])));
      }
      // As long as a batch of the usual length takes.
      await pause(5);
    }
  }
  return taken;
}

test('batches that are read in order come from threads, and are the same', async () => {
  withProcessors(2);
  const taken = await takenIn(openSmall(), batches, [columnNames]);
  expect(taken).not.toEqual([]);
  expect(taken).not.toContain(0);
  expect(taken).not.toContain(1);
});

test('columns that are read in turns with others, and an order with leaps, give the same', async () => {
  withProcessors(3);
  const leaps = [...batches.slice(0, 9), ...batches.slice(4, 30), ...batches.slice(2, 17)];
  const small = openSmall();
  expect(await takenIn(small, leaps, [['kind', 'time_ns'], ['value']])).not.toEqual([]);
  // Those of a third scan take the place of the first one's.
  expect(await takenIn(small, batches, [['seq', 'gpa']])).not.toEqual([]);
  expect(await takenIn(small, leaps, [['value'], ['kind', 'time_ns']])).not.toEqual([]);
});

test('what was read ahead long before it is wanted is read anew', async () => {
  withProcessors(2);
  const small = openSmall();
  expect(await takenIn(small, batches.slice(0, 20), [['time_ns']])).not.toEqual([]);
  for (let pass = 0; pass < 3; pass++) expect(await takenIn(small, batches, [['kind']])).not.toEqual([]);
  for (const index of batches.slice(20)) {
    const data = small.ahead.take(index, ['time_ns'], new ColumnMemory());
    const expected = small.reader.readBatch(index, ['time_ns']).column('time_ns');
    expect(data?.get('time_ns') ?? expected).toEqual(expected);
    // All four that were asked for when the other columns began.
    if (index < 24) expect(data).toBeNull();
    await pause(5);
  }
});

test('the memory that a batch was in is used again, and the batch is gone', async () => {
  withProcessors(2);
  const {ahead} = openSmall();
  const memory = new ColumnMemory();
  const values = [];
  for (let pass = 0; pass < 500 && values.length < 2 * batches.length; pass++) {
    for (const index of batches) {
      const data = ahead.take(index, ['seq'], memory);
      if (data !== null) values.push(data.get('seq')?.values as BigUint64Array);
      await pause(5);
    }
  }
  expect(values.slice(0, 4).map(({length}) => length)).toEqual([0, 0, 0, 0]);
});

test.each([
  [1, 'small'],
  [2, 'gone'],
])('with %i processors and a file that is %s, nothing is read ahead and nothing waits', async (processors, name) => {
  withProcessors(processors);
  fs.copyFileSync(file('small'), file('gone'));
  const reader = openTrace(file(name));
  fs.rmSync(file('gone'));
  const ahead = new ReadAhead(file(name), reader.batches, reader.dictionaries, 0);
  for (const index of batches) {
    expect(ahead.take(index, columnNames, new ColumnMemory())).toBeNull();
    await pause(10);
  }
  ahead.end();
  expect(ahead.take(0, columnNames, new ColumnMemory())).toBeNull();
  reader.close();
});

test('a third trace has no thread until one of two others that have them all is closed', async () => {
  withProcessors(64);
  const others = [openSmall(), openSmall()];
  for (const other of others) expect(await takenIn(other, batches, [columnNames])).not.toEqual([]);
  const third = openSmall();
  for (const index of batches) {
    expect(third.ahead.take(index, columnNames, new ColumnMemory())).toBeNull();
    await pause(10);
  }
  others[0].ahead.end();
  expect(await takenIn(third, batches, [columnNames])).not.toEqual([]);
});

test.each([0, 1])('where the system gives %i of four threads, that is what helps', async (count) => {
  withProcessors(4);
  system.threadsLeft = count;
  onTestFinished(() => {
    system.threadsLeft = Number.POSITIVE_INFINITY;
  });
  const small = openSmall();
  const taken = [];
  for (const index of batches) {
    if (small.ahead.take(index, columnNames, new ColumnMemory()) !== null) taken.push(index);
    await pause(20);
  }
  expect(taken.length > 0).toBe(count > 0);
  small.ahead.end();
  // Those that did not start are not counted as threads of all traces.
  system.threadsLeft = Number.POSITIVE_INFINITY;
  const others = [openSmall(), openSmall()];
  for (const other of others) expect(await takenIn(other, batches, [columnNames])).not.toEqual([]);
  expect(system.threadsLeft).toBe(Number.POSITIVE_INFINITY);
});

test('batches that are too large are not read ahead', async () => {
  withProcessors(2);
  const {reader} = openSmall();
  const bytes = 8 * reader.batches[0].rows;
  const ahead = new ReadAhead(file('small'), reader.batches, reader.dictionaries, 0, bytes - 1);
  for (const index of batches) {
    expect(ahead.take(index, ['seq'], new ColumnMemory())).toBeNull();
    await pause(10);
  }
  ahead.end();
  const other = new ReadAhead(file('small'), reader.batches, reader.dictionaries, 0, bytes);
  expect(await takenIn({reader, ahead: other}, batches, [['seq']])).not.toEqual([]);
  other.end();
});

test('answers that nobody wants any more are taken from the threads, and let go', async () => {
  withProcessors(2);
  const {ahead} = openSmall();
  system.answers = 0;
  for (let pass = 0; pass < 500 && system.answers < 20; pass++) {
    for (const index of [0, 1, 10]) {
      expect(ahead.take(index, columnNames, new ColumnMemory())).toBeNull();
      await pause(5);
    }
  }
  expect(system.answers).toBeGreaterThanOrEqual(20);
});

/** The rows of four batches of the usual length, which are worth a thread. */
const manyRows = 4 * 65_536;

test('a long trace is read with the help of threads, and its damage is told as without', {timeout: 300_000}, () => {
  withProcessors(2);
  const writer = new TraceWriter(file('long'), metadata, {compression: 'zstd', rowsPerBatch: 16_384});
  const row = newRow();
  for (let n = 0; n < 3 * manyRows; n++) writer.row(fillRow(row, n));
  writer.finish({ended: 'until', endNs: 2 ** 50});
  const reader = openTrace(file('long'));
  const bytes = fs.readFileSync(file('long'));
  const last = reader.batches[40];
  bytes[last.offset + last.headerBytes + 1000] ^= 1;
  fs.writeFileSync(file('late'), bytes);

  const take = vi.spyOn(ReadAhead.prototype, 'take');
  const found = new ColumnMemory();
  const bytesOf = ({buffer, byteOffset, byteLength}: Uint32Array) => Buffer.from(buffer, byteOffset, byteLength);
  let equal = 0;
  for (const index of reader.batches.keys()) {
    const batch = reader.readBatch(index, columnNames, found);
    const [value, fault] = [batch.column('value').words, batch.column('fault').words];
    // Opened anew for each, it expects none.
    const other = openTrace(file('long'));
    const expected = other.readBatch(index, columnNames);
    other.close();
    equal += Number(Buffer.compare(bytesOf(value), bytesOf(expected.column('value').words)) === 0);
    equal += Number(Buffer.compare(bytesOf(fault), bytesOf(expected.column('fault').words)) === 0);
  }
  expect(equal).toBe(2 * reader.batches.length);
  expect(take.mock.results.filter(({value}) => value !== null).length).toBeGreaterThan(0);
  take.mockRestore();
  reader.close();

  const damaged = openTrace(file('late'));
  const message = /late\.arrow: byte \d+: batch 40, column seq: (no zstd|SHA-256)/;
  expect(() => {
    for (const index of damaged.batches.keys()) damaged.readBatch(index, columnNames);
  }).toThrow(message);
  const inOrder = damaged.verify();
  expect(inOrder.map(({message}) => message)).toEqual([expect.stringMatching(/^batch 40, column seq: /)]);
  damaged.close();

  const end = vi.spyOn(ReadAhead.prototype, 'end');
  expect(repairTrace(file('late'), file('mended')).rows).toBe(40 * 16_384);
  expect(end).toHaveBeenCalledOnce();
  end.mockRestore();
});

test('a request is answered by whoever claims it, and a later one in its slot is not touched', () => {
  const slots = new RequestSlots(undefined, 5);
  const other = new RequestSlots(slots.memory);
  slots.open(0);
  expect([other.claim(0), slots.claim(0), other.claim(0)]).toEqual([true, false, false]);
  expect(slots.wait(0)).toBeNull();
  other.finish(0, true);
  expect(slots.wait(0)).toBe(true);
  slots.open(1);
  expect(slots.claim(1)).toBe(true);
  other.finish(1, false);
  expect(slots.wait(1)).toBe(false);
  slots.open(64);
  expect(other.claim(0)).toBe(false);
  other.finish(0, true);
  expect(slots.claim(64)).toBe(true);
});
