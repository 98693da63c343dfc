import {sep} from 'node:path';
import {ApfError} from '../base/errors.js';

/**
 * What the column `trace` says of each path: the base name, with as many folders before it as tell all of them apart.
 * Throws usage TRACE_TWICE when a path is given twice.
 */
export function traceNames(paths: readonly string[]): string[] {
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined)
    throw new ApfError('usage', 'TRACE_TWICE', `${twice}: given twice, expected different traces`);
  const parts = paths.map((path) => path.split(sep));
  const longest = Math.max(1, ...parts.map((part) => part.length));
  for (let length = 1; length < longest; length++) {
    const names = parts.map((part) => part.slice(-length).join(sep));
    if (new Set(names).size === paths.length) return names;
  }
  return [...paths];
}
