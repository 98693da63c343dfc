import {kindNames} from '../protocol/kinds.js';
import {reasonNames} from '../protocol/reasons.js';
import {none, Row} from '../protocol/row.js';
import type {Json} from './json.js';

/** A row as JSON: the columns of the trace by name, null where they are. */
export type RowObject = {readonly [column: string]: Json};

export function rowObject(row: Float64Array): RowObject {
  return {
    seq: row[Row.seq],
    time_ns: row[Row.time],
    vcpu: nullable(row[Row.vcpu]),
    task: nullable(row[Row.task]),
    kind: kindNames[row[Row.kind]],
    choice: row[Row.choice] === 1,
    fault: nullable(row[Row.fault]),
    cause: nullable(row[Row.cause]),
    token: nullable(row[Row.token]),
    gpa: address(row[Row.gpaHi], row[Row.gpaLo]),
    gva: address(row[Row.gvaHi], row[Row.gvaLo]),
    reason: row[Row.reason] === none ? null : reasonNames[row[Row.reason]],
    result: nullable(row[Row.result]),
    value: nullable(row[Row.value]),
  };
}

/**
 * A row as one line, in the manner of perf script: seq, vCPU, time in seconds, task, kind, and the other columns that
 * it has. A `>` before the kind marks a choice.
 */
export function rowText(row: Float64Array): string {
  const {seq, vcpu, task, kind, choice, gpa, gva, reason} = rowObject(row);
  const fields: [string, Json][] = [
    ...numbers(row, 'fault', 'cause', 'token'),
    ['gpa', hex(gpa)],
    ['gva', hex(gva)],
    ['reason', reason],
    ...numbers(row, 'result', 'value'),
  ];
  const details = fields.filter(([, value]) => value !== null).map(([name, value]) => `${name}=${value}`);
  return [
    String(seq).padStart(9),
    `[${vcpu === null ? '---' : String(vcpu).padStart(3, '0')}]`,
    seconds(row[Row.time]),
    (task === null ? '-' : `task ${task}`).padEnd(8),
    `${choice === true ? '>' : ' '}${kind}${details.length === 0 ? '' : ':'}`.padEnd(13),
    ...details,
  ].join(' ');
}

/** The names of the columns in which two rows differ. */
export function differingColumns(a: Float64Array, b: Float64Array): string[] {
  const left = rowObject(a);
  const right = rowObject(b);
  return Object.keys(left).filter((column) => left[column] !== right[column]);
}

function nullable(value: number): number | null {
  return value === none ? null : value;
}

function address(high: number, low: number): bigint | null {
  return high === none ? null : (BigInt(high) << 32n) | BigInt(low);
}

function hex(value: Json): string | null {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : null;
}

function numbers(row: Float64Array, ...names: ('fault' | 'cause' | 'token' | 'result' | 'value')[]): [string, Json][] {
  return names.map((name) => [name, nullable(row[Row[name]])]);
}

/** Nanoseconds as seconds with nine digits after the point, exact. */
function seconds(ns: number): string {
  const fraction = ns % 1e9;
  return `${String((ns - fraction) / 1e9).padStart(5)}.${String(fraction).padStart(9, '0')}`;
}
