import {join} from 'node:path';
import {expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {newRow, Row} from '../../src/protocol/row.js';
import {type RecordOptions, record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {temporaryFolder} from '../trace/temporary-folder.js';

const folder = temporaryFolder();
const plain = {limitEvents: null, accessesAll: false, signal: null, onProgress: null};

async function run(name: string, overrides: string[], options: Partial<RecordOptions> = {}) {
  const output = join(folder, 'limits.arrow');
  const result = await record({...(await loadScenario(name, {overrides})), ...plain, output, ...options});
  const reader = openTrace(output);
  const rows: Float64Array[] = [];
  for (const [cursor, row] = [new RowCursor(reader), newRow()]; cursor.next(row); ) rows.push(row.slice());
  reader.close();
  return {result, rows, end: reader.end};
}

test('a recording cut by --limit-events ends with its last row, whatever came after', async () => {
  const whole = await run('memory-failure', ['tokens=2']);
  expect(whole.result.ended).toBe('killed');
  const cut = await run('memory-failure', ['tokens=2'], {limitEvents: whole.rows.length - 1});
  expect(cut.result).toMatchObject({
    ended: 'until',
    events: whole.rows.length - 1,
    timeNs: cut.rows.at(-1)?.[Row.time],
  });
  expect(cut.end).toEqual({ended: 'until', endNs: cut.result.timeNs});
});

test('virtual time past 2^53 - 1 ns is a limit, not a wrong trace', async () => {
  const late = ['guest.tasks.0={compute: 9007199s}', 'until.faults=3', 'host.memory.initially=absent'];
  await expect(run('overcommit', late)).rejects.toMatchObject({kind: 'limit', code: 'TIME_OVER'});
});

test('interrupts that are off for longer than they are on and off are refused', async () => {
  const off = ['guest.interrupts-off.every=1ms', 'guest.interrupts-off.for=1ms'];
  await expect(loadScenario('interrupts-off', {overrides: off})).rejects.toMatchObject({code: 'SET_INVALID'});
});

test('an idle vCPU that sleeps in an NMI gives its claim on a task to the next', async () => {
  // vCPU 0 is to dispatch the task whose page came, as soon as its handler returns; an NMI comes first and faults.
  const {rows} = await run('overcommit', [
    'vcpus=2',
    'until={faults: 12}',
    'host={memory: {pages: 64, resident: 2}, io: {latency: 100us}}',
    'guest={tasks: [{compute: 10us, accesses: {pattern: fresh, pages: 60}}], nmi: {every: 112500ns, touches: 63}, wait: hypercall}',
    'costs={step: 1us}',
  ]);
  const first = rows.find((row) => row[Row.kind] === Kind.sleep);
  const resumed = rows.find((row) => row[Row.kind] === Kind.resume && row[Row.vcpu] === 1);
  expect(first?.[Row.vcpu]).toBe(0);
  expect(resumed?.[Row.time]).toBe(first?.[Row.time]); // at once, not when vCPU 0 wakes
});
