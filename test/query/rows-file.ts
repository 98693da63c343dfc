import fs from 'node:fs';
import {Kind, type KindName, kindTable} from '../../src/protocol/kinds.js';
import {Reason, type ReasonName} from '../../src/protocol/reasons.js';
import {newRow, none, Row} from '../../src/protocol/row.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';

/** A trace as a text that people can read: see fixtures/golden/*.rows. */
export interface RowsFile {
  vcpus: number;
  endNs: number;
  /** Where each task may run; empty: the scenario does not say which tasks there are. */
  homes: ('any' | number)[];
  rows: Float64Array[];
}

/**
 * Reads a table of rows: comments with #, then `vcpus n, end ns`, and the vCPU of each task as in
 * `, tasks 0 any`, then names of columns, then rows; `-` is null.
 */
export function readRowsFile(path: string): RowsFile {
  const lines = fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [, vcpus, endNs, tasks] = /^vcpus (\d+), end (\d+)(?:, tasks (.+))?$/.exec(lines[0]) ?? [];
  const homes = (tasks?.split(' ') ?? []).map((home) => (home === 'any' ? home : Number(home)));
  const names = lines[1].trim().split(/\s+/);
  const rows = lines.slice(2).map((line, seq) => rowOf(seq, names, line.trim().split(/\s+/)));
  return {vcpus: Number(vcpus), endNs: Number(endNs), homes, rows};
}

function rowOf(seq: number, names: string[], cells: string[]): Float64Array {
  const cell = (name: string) => {
    const text = cells[names.indexOf(name)];
    return text === undefined || text === '-' ? null : text;
  };
  const number = (name: string) => Number(cell(name) ?? none);
  const row = newRow();
  const kind = cell('kind') as KindName;
  row[Row.seq] = seq;
  row[Row.time] = number('time');
  row[Row.kind] = Kind[kind];
  row[Row.choice] = kindTable[Kind[kind]].role === 'event' || cell('reason') === 'by_host' ? 0 : 1;
  for (const name of ['vcpu', 'task', 'fault', 'cause', 'token', 'result', 'value'] as const)
    row[Row[name]] = number(name);
  const reason = cell('reason') as ReasonName | null;
  if (reason !== null) row[Row.reason] = Reason[reason];
  if (cell('gpa') !== null) {
    for (const field of [Row.gpaLo, Row.gvaLo]) row[field] = number('gpa');
    for (const field of [Row.gpaHi, Row.gvaHi]) row[field] = 0;
  }
  return row;
}

/** Writes the table as a trace named `name` that ended `until`; `tasks` is what its scenario says of them. */
export function writeRowsFile(
  file: RowsFile,
  path: string,
  name: string,
  rowsPerBatch = 8,
  tasks: unknown = file.homes.map((vcpu) => ({count: 1, vcpu})),
): void {
  const scenario = {name, vcpus: file.vcpus, guest: {tasks}};
  const metadata = {format: 1, behaviour: 1, protocol: 'pnp', seed: 7, scenario};
  const writer = new TraceWriter(path, metadata, {rowsPerBatch});
  for (const row of file.rows) writer.row(row);
  writer.finish({ended: 'until', endNs: file.endNs});
}
