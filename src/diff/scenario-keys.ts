import {ApfError} from '../base/errors.js';

/** A value of a scenario at which the comparison stops: a plain value, or a list of numbers such as a latency table. */
export type ScenarioLeaf = null | boolean | number | string | readonly number[];

/** A key whose values differ; undefined: the scenario has no such key. */
export interface ScenarioDifference {
  /** As --set takes it: host.io.channels, guest.tasks[0].count. */
  key: string;
  a: ScenarioLeaf | undefined;
  b: ScenarioLeaf | undefined;
}

/** No scenario of apf is nested as deeply; a forged one must not exhaust the stack. */
const depthMax = 32;

/**
 * The keys in which two resolved scenarios differ, in the order of a's, then those of b alone. The description says
 * nothing about a run and is left out. Throws badData TRACE_METADATA for what is nested like no scenario.
 */
export function differingKeys(a: unknown, b: unknown): ScenarioDifference[] {
  const left = leavesOf(a);
  const right = leavesOf(b);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => key !== 'description' && !isSame(left.get(key), right.get(key)))
    .map((key) => ({key, a: left.get(key), b: right.get(key)}));
}

function leavesOf(scenario: unknown): Map<string, ScenarioLeaf> {
  const leaves = new Map<string, ScenarioLeaf>();
  gather('', scenario, 0, leaves);
  return leaves;
}

function gather(path: string, value: unknown, depth: number, leaves: Map<string, ScenarioLeaf>): void {
  if (depth > depthMax) {
    const message = `scenario: nested more than ${depthMax} deep in the trace's metadata, expected one of apf`;
    throw new ApfError('badData', 'TRACE_METADATA', message);
  }
  if (value === null || typeof value !== 'object') {
    leaves.set(path, value as ScenarioLeaf);
  } else if (!Array.isArray(value)) {
    for (const [key, item] of Object.entries(value))
      gather(path === '' ? key : `${path}.${key}`, item, depth + 1, leaves);
  } else if (value.every((item) => typeof item === 'number')) {
    leaves.set(path, value);
  } else {
    value.forEach((item, index) => {
      gather(`${path}[${index}]`, item, depth + 1, leaves);
    });
  }
}

function isSame(a: ScenarioLeaf | undefined, b: ScenarioLeaf | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
