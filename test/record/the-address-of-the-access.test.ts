import {describe, expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {none, Row} from '../../src/protocol/row.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';

/*
 * R9 and design of the trace: whatever happens to a fault, each row of its life names the byte that was accessed, virtual
 * and physical; and the guest reads that of its data. A real program has virtual addresses above 2^32, with offsets.
 */

const addresses = [Row.gpaLo, Row.gpaHi, Row.gvaLo, Row.gvaHi];
const addressOf = (row: Float64Array) => addresses.map((field) => row[field]);

async function run(protocol: (typeof protocolNames)[number], set: readonly string[]): Promise<Float64Array[]> {
  const overrides = ['until.faults=184', 'host.memory.resident=70', ...set];
  const {scenario, files} = await loadScenario('real-program', {protocol, overrides});
  const rows: Float64Array[] = [];
  const observer = {row: (row: Float64Array) => void rows.push(row.slice())};
  const silent = {output: null, limitEvents: null, accessesAll: false, signal: null, onProgress: null};
  await record({scenario, files, observer, ...silent});
  return rows;
}

const cases = protocolNames.flatMap((protocol) =>
  [
    [],
    ['host.io.latency=0us'],
    ['host.io.latency=0us', 'guest.interrupts-off={probability: 0.5}', 'options.early.orphan=deliver_later'],
    ['guest.interrupts-off={probability: 0.5}', 'tokens=1'],
  ].map((set) => ({protocol, set})),
);

describe('R9, R17, R21: the address of the access', () => {
  test.each(cases)('$protocol, $set', async ({protocol, set}) => {
    const rows = await run(protocol, set);
    const faults = new Map(rows.filter((row) => row[Row.kind] === Kind.fault).map((row) => [row[Row.seq], row]));
    expect(faults.size).toBeGreaterThan(100);
    expect([...faults.values()].some((row) => row[Row.gvaHi] > 0)).toBe(true);
    const fetches = new Set(
      rows.filter((row) => row[Row.kind] === Kind.access && row[Row.value] === 1).map((row) => row[Row.seq]),
    );
    for (const row of rows) {
      const fault = faults.get(row[Row.fault]);
      if (fault === undefined || row[Row.gpaHi] === none) continue;
      const isToldNoGva = row[Row.kind] === Kind.copy && fetches.has(fault[Row.cause]);
      const [expected, found] = [addressOf(fault), addressOf(row)];
      expect([row[Row.kind], ...(isToldNoGva ? found.slice(0, 2) : found)]).toEqual([
        row[Row.kind],
        ...(isToldNoGva ? expected.slice(0, 2) : expected),
      ]);
    }
  });
});
