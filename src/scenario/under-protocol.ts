import {misbehaviourTable} from '../protocol/misbehaviours.js';
import {type OptionEntry, optionTable} from '../protocol/options.js';
import type {ProtocolName} from '../protocol/protocols.js';

/**
 * The value of a scenario file, to be run under another protocol than its own: without the options and the
 * misbehaviours that are others' alone. What no protocol knows stays, for the checks to refuse.
 * @param value the file's value, with overrides; not changed
 * @param protocol null: the scenario's own, and all stays as it is
 * @returns the value, and the keys that were left out
 */
export function underProtocol(value: unknown, protocol: ProtocolName | null): {own: unknown; leftOut: string[]} {
  if (protocol === null || !isMap(value)) return {own: value, leftOut: []};
  const leftOut: string[] = [];
  const own: Record<string, unknown> = {...value, protocol};
  if (isMap(value.options)) {
    const options = Object.entries(value.options);
    own.options = Object.fromEntries(options.filter(([name]) => !isOptionOfOthers(name, protocol)));
    leftOut.push(...options.filter(([name]) => isOptionOfOthers(name, protocol)).map(([name]) => `options.${name}`));
  }
  if (Array.isArray(value.misbehave)) {
    own.misbehave = value.misbehave.filter((entry) => !isBugOfOthers(entry, protocol));
    const others = value.misbehave.filter((entry) => isBugOfOthers(entry, protocol));
    leftOut.push(...others.map(({bug}) => `misbehave ${bug}`));
  }
  return {own, leftOut};
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptionOfOthers(name: string, protocol: string): boolean {
  const entry: OptionEntry | undefined = optionTable.find((option) => option.name === name);
  return entry !== undefined && !entry.protocols.includes(protocol);
}

function isBugOfOthers(entry: unknown, protocol: string): boolean {
  const known = isMap(entry) ? misbehaviourTable.filter(({name}) => name === entry.bug) : [];
  return known.length > 0 && known.every((row) => row.protocol !== protocol);
}
