import {parse, YAMLError} from 'yaml';
import {ApfError} from '../base/errors.js';
import {type KeyPath, writeFound, writePath} from './problem.js';

/** A value that takes the place of one in a scenario file. */
export interface Override {
  /** As it was given, for messages: `--set tokens=4`. */
  label: string;
  path: KeyPath;
  value: unknown;
}

/** Keys whose own keys have dots in them, so that what follows is one key. */
const flatMaps = ['options'];

/**
 * Reads `key=value`: the key dotted, with numbers for places in lists (`guest.tasks.0.count=4`), the value YAML.
 * @throws ApfError SET_INVALID (usage)
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  if (equals < 1) throw bad(`--set ${text}`, 'key=value, such as host.io.latency=50us');
  const path = splitKey(text.slice(0, equals));
  if (path.some((key) => key === '')) throw bad(`--set ${text}`, 'a key between all dots');
  try {
    const value: unknown = parse(text.slice(equals + 1), {schema: 'core', maxAliasCount: 0, logLevel: 'error'});
    return {label: `--set ${text}`, path, value};
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError)
      throw bad(`--set ${text}`, 'a YAML value after the =');
    throw error;
  }
}

/**
 * Puts overrides into the value of a scenario file, in order; a map or list that is missing on the way is made.
 * @param root the file's value; not changed
 * @throws ApfError SET_INVALID (usage) when a key leads through what is neither map nor list
 */
export function applyOverrides(root: unknown, overrides: readonly Override[]): unknown {
  let value = structuredClone(root);
  for (const override of overrides) value = put(value, override, 0);
  return value;
}

/** Whether the value at a path came from the override, or holds what did. */
export function isFrom(override: Override, path: KeyPath): boolean {
  const shared = Math.min(override.path.length, path.length);
  return shared > 0 && override.path.slice(0, shared).every((key, i) => key === path[i]);
}

function splitKey(key: string): (string | number)[] {
  const words = key.split('.');
  if (flatMaps.includes(words[0]) && words.length > 1) return [words[0], words.slice(1).join('.')];
  const path: (string | number)[] = [];
  for (const word of words) {
    const last = path.at(-1);
    // p99.9 is one key.
    if (/^\d+$/.test(word) && typeof last === 'string' && /^p\d{1,2}$/.test(last))
      path[path.length - 1] = `${last}.${word}`;
    else path.push(/^\d{1,9}$/.test(word) ? Number(word) : word);
  }
  return path;
}

function put(container: unknown, override: Override, depth: number): unknown {
  if (depth === override.path.length) return override.value;
  const key = override.path[depth];
  if (typeof key === 'number') {
    const list = container ?? [];
    if (!Array.isArray(list)) throw throughNoContainer(override, depth, container, 'a list');
    if (key > list.length)
      throw bad(override.label, `a place from 0 to ${list.length} in ${writePath(override.path.slice(0, depth))}`);
    list[key] = put(list[key], override, depth + 1);
    return list;
  }
  const map = container ?? {};
  if (typeof map !== 'object' || Array.isArray(map)) throw throughNoContainer(override, depth, container, 'a map');
  const entries = map as Record<string, unknown>;
  // defineProperty: an assignment to __proto__ would change the map itself instead of adding a key.
  const value = put(Object.hasOwn(entries, key) ? entries[key] : undefined, override, depth + 1);
  Object.defineProperty(entries, key, {value, configurable: true, enumerable: true, writable: true});
  return entries;
}

function throughNoContainer(override: Override, depth: number, found: unknown, expected: string): ApfError {
  const where = writePath(override.path.slice(0, depth));
  return bad(override.label, `${expected} at ${where}, where ${writeFound(found)} is`);
}

function bad(label: string, expected: string): ApfError {
  return new ApfError('usage', 'SET_INVALID', `${label}: expected ${expected}`);
}
