import {describe, expect, test} from 'vitest';
import {Latencies} from '../../src/measure/latencies.js';
import {Kind} from '../../src/protocol/kinds.js';
import {newRow, Row} from '../../src/protocol/row.js';

function fill(row: Float64Array, seq: number, kind: number, timeNs: number, fault: number): Float64Array {
  row[Row.seq] = seq;
  row[Row.kind] = kind;
  row[Row.time] = timeNs;
  row[Row.fault] = fault;
  return row;
}

describe('Latencies', () => {
  const row = newRow();

  test('the least value that so many do not exceed, whatever the order', () => {
    const latencies = new Latencies();
    for (let i = 0; i < 5000; i++) {
      const lengthNs = ((i * 7) % 5000) + 1;
      latencies.add(fill(row, 2 * i, Kind.fault, 0, 2 * i));
      latencies.add(fill(row, 2 * i + 1, Kind.retire, lengthNs, 2 * i));
    }
    expect(latencies.percentiles()).toEqual({count: 5000, p50: 2500, p90: 4500, p99: 4950, p99_9: 4995, max: 5000});
  });

  test('accesses that hit, given up, or are still open have none', () => {
    const latencies = new Latencies();
    latencies.add(fill(row, 0, Kind.retire, 5, -1));
    latencies.add(fill(row, 1, Kind.fault, 5, 1));
    latencies.add(fill(row, 2, Kind.abandon, 9, 1));
    latencies.add(fill(row, 3, Kind.fault, 9, 3));
    latencies.add(fill(row, 4, Kind.retire, 9, 2));
    expect(latencies.percentiles()).toMatchObject({count: 0, p50: null});
  });
});
