import {formatNs} from '../base/durations.js';
import {jsonText, terminalText} from '../base/terminal-text.js';
import type {TraceDiff} from '../diff/diff.js';
import type {ScenarioLeaf} from '../diff/scenario-keys.js';
import type {Percentiles} from '../measure/latencies.js';
import {kindNames} from '../protocol/kinds.js';
import {Row} from '../protocol/row.js';
import type {TraceEnd} from '../trace/schema.js';
import {alignColumns} from './columns.js';
import type {Json} from './json.js';
import {percentileNames, percentilesDocument} from './percentiles.js';
import {rowDiffLines} from './row-diff.js';
import {rowObject} from './row-text.js';

export function diffDocument(diff: TraceDiff): Json {
  const {difference, a, b} = diff;
  const rowAt = (rows: readonly Float64Array[]) => {
    const row = rows.find((candidate) => candidate[Row.seq] === difference?.seq);
    return row === undefined ? null : rowObject(row);
  };
  return {
    same: diff.same,
    first_difference:
      difference === null ? null : {seq: difference.seq, a: rowAt(difference.a), b: rowAt(difference.b)},
    first_state_difference: diff.stateBatch === null ? null : {batch: diff.stateBatch},
    ends: diff.ends === null ? null : {a: endDocument(diff.ends.a), b: endDocument(diff.ends.b)},
    scenario: diff.scenario.map(({key, a: left, b: right}) => ({key, a: left ?? null, b: right ?? null})),
    counts: Object.fromEntries(
      countRows(diff).map(([name, left, right]) => [name, {a: left, b: right, delta: right - left}]),
    ),
    latency: {a: percentilesDocument(a.latency), b: percentilesDocument(b.latency)},
  };
}

export function diffLines(nameA: string, nameB: string, diff: TraceDiff): string[] {
  const {difference, a, b} = diff;
  const names = `a: ${terminalText(nameA)} (${a.events} events), b: ${terminalText(nameB)} (${b.events} events)`;
  const lines = [...scenarioLines(diff), '', ...countLines(diff), '', ...latencyLines(a.latency, b.latency)];
  if (difference === null) return [...sayOfEqualRows(diff), names, ...lines];
  return [
    `differs at event ${difference.seq}, in batch ${difference.batch}; a is -, b is +`,
    names,
    '',
    ...rowDiffLines(difference.a, difference.b),
    ...lines,
  ];
}

/** The rows are the same: whether all else is. */
function sayOfEqualRows({stateBatch, ends}: TraceDiff): string[] {
  if (stateBatch !== null)
    return [`differs after batch ${stateBatch}: the events are the same, the engine's state is not`];
  if (ends !== null) return [`differs in the end: a ${endText(ends.a)}, b ${endText(ends.b)}; every event is the same`];
  return ['same: every event'];
}

function endText(end: TraceEnd | null): string {
  return end === null ? 'has none' : `${terminalText(end.ended)} at ${formatNs(end.endNs)}`;
}

function endDocument(end: TraceEnd | null): Json {
  return end === null ? null : {ended: end.ended, time_ns: end.endNs};
}

/** Name, a, b; of all events, and of each kind that one of them has. */
function countRows({a, b}: TraceDiff): [name: string, a: number, b: number][] {
  const kinds = kindNames.map((name, kind): [string, number, number] => [name, a.counts[kind], b.counts[kind]]);
  return [['events', a.events, b.events], ...kinds.filter(([, left, right]) => left + right > 0)];
}

function countLines(diff: TraceDiff): string[] {
  const rows = countRows(diff).map(([name, a, b]) => [name, String(a), String(b), signed(b - a)]);
  return alignColumns([['count', 'a', 'b', 'b-a'], ...rows]);
}

function latencyLines(a: Percentiles, b: Percentiles): string[] {
  const rows = percentileNames.map((name) => {
    const left = a[name];
    const right = b[name];
    const delta = left === null || right === null ? '' : `${right > left ? '+' : ''}${formatNs(right - left)}`;
    return [name.replace('_', '.'), duration(left), duration(right), delta];
  });
  const counts = ['faults', String(a.count), String(b.count), signed(b.count - a.count)];
  return alignColumns([['latency (fault to retire)', 'a', 'b', 'b-a'], counts, ...rows]);
}

function scenarioLines({scenario}: TraceDiff): string[] {
  if (scenario.length === 0) return ['', 'scenario: the same'];
  const rows = scenario.map(({key, a, b}) => [terminalText(key), leafText(a), leafText(b)]);
  return ['', ...alignColumns([['scenario', 'a', 'b'], ...rows])];
}

function leafText(leaf: ScenarioLeaf | undefined): string {
  if (leaf === undefined) return '(not set)';
  if (typeof leaf === 'string') return jsonText(leaf);
  return typeof leaf === 'object' && leaf !== null ? `a table of ${leaf.length}` : String(leaf);
}

function duration(ns: number | null): string {
  return ns === null ? '-' : formatNs(ns);
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}
