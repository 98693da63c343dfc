import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {diffTraces} from '../../src/diff/diff.js';
import {differingKeys} from '../../src/diff/scenario-keys.js';
import {Kind} from '../../src/protocol/kinds.js';
import {newRow, Row} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {temporaryFolder} from '../trace/temporary-folder.js';

const folder = temporaryFolder();
const metadata = {format: 1, behaviour: 1, protocol: 'pnp', seed: 0, scenario: {tokens: 4}};

function fill(row: Float64Array, seq: number, kind: number, timeNs: number, fault: number): Float64Array {
  row[Row.seq] = seq;
  row[Row.kind] = kind;
  row[Row.choice] = 0;
  row[Row.time] = timeNs;
  row[Row.fault] = fault;
  row[Row.vcpu] = 0;
  return row;
}

/** Faults in turn, each of which retires `lengthNs` later, in batches of 8 rows. */
function writeTrace(name: string, faults: number, lengthNs: (index: number) => number): string {
  const file = path.join(folder, name);
  const writer = new TraceWriter(file, metadata, {rowsPerBatch: 8});
  const row = newRow();
  let timeNs = 0;
  for (let index = 0; index < faults; index++) {
    writer.row(fill(row, 2 * index, Kind.fault, timeNs, 2 * index));
    timeNs += lengthNs(index);
    writer.row(fill(row, 2 * index + 1, Kind.retire, timeNs, 2 * index));
  }
  writer.finish({ended: 'until', endNs: timeNs});
  return file;
}

async function diff(a: string, b: string) {
  const left = openTrace(a);
  const right = openTrace(b);
  try {
    return await diffTraces(left, right, {onProgress: null});
  } finally {
    left.close();
    right.close();
  }
}

const seqs = (rows: Float64Array[]) => rows.map((row) => row[Row.seq]);

describe('diffTraces', () => {
  test('the same rows', async () => {
    const a = writeTrace('same-a.arrow', 20, () => 5);
    const result = await diff(a, a);
    expect(result).toMatchObject({difference: null, scenario: []});
    expect(result.a).toEqual(result.b);
    expect(result.a.events).toBe(40);
    expect(result.a.counts[Kind.retire]).toBe(20);
  });

  test('the first row that differs, in its batch, with the rows around it', async () => {
    const a = writeTrace('one-a.arrow', 20, () => 5);
    const b = writeTrace('one-b.arrow', 20, (index) => (index === 6 ? 7 : 5));
    const {difference} = await diff(a, b);
    expect(difference).toMatchObject({seq: 13, batch: 1});
    expect(seqs(difference?.a ?? [])).toEqual([10, 11, 12, 13, 14, 15, 16]);
    expect(seqs(difference?.b ?? [])).toEqual([10, 11, 12, 13, 14, 15, 16]);
  });

  test('the very first row', async () => {
    const a = writeTrace('first-a.arrow', 2, () => 5);
    const b = writeTrace('first-b.arrow', 0, () => 5);
    const {difference} = await diff(a, b);
    expect(difference).toMatchObject({seq: 0, batch: 0, b: []});
    expect(seqs(difference?.a ?? [])).toEqual([0, 1, 2, 3]);
  });

  test('one that ends before the other differs where it ends', async () => {
    const a = writeTrace('long.arrow', 20, () => 5);
    const b = writeTrace('short.arrow', 10, () => 5);
    const result = await diff(a, b);
    expect(result.difference?.seq).toBe(20);
    expect(seqs(result.difference?.b ?? [])).toEqual([17, 18, 19]);
    expect(result).toMatchObject({a: {events: 40}, b: {events: 20}});
  });

  test('two without rows are the same', async () => {
    const a = writeTrace('empty.arrow', 0, () => 5);
    expect(await diff(a, a)).toMatchObject({difference: null, a: {latency: {count: 0, p50: null, max: null}}});
  });
});

describe('differingKeys', () => {
  test('names keys as --set takes them', () => {
    const a = {
      name: 'x',
      description: 'one',
      guest: {tasks: [{count: 1}, {count: 2}]},
      host: {io: {latency: {constant: 5}}},
    };
    const b = {
      name: 'x',
      description: 'two',
      guest: {tasks: [{count: 1}, {count: 3}]},
      host: {io: {latency: {table: [1, 2]}}},
    };
    expect(differingKeys(a, b)).toEqual([
      {key: 'guest.tasks[1].count', a: 2, b: 3},
      {key: 'host.io.latency.constant', a: 5, b: undefined},
      {key: 'host.io.latency.table', a: undefined, b: [1, 2]},
    ]);
    expect(differingKeys(a, structuredClone(a))).toEqual([]);
  });

  test('takes whatever a stranger wrote', () => {
    expect(differingKeys(null, 5)).toEqual([{key: '', a: null, b: 5}]);
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(() => differingKeys(deep, {})).toThrow(expect.objectContaining({code: 'TRACE_METADATA'}));
  });
});
