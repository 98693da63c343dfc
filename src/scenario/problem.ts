import {closest} from 'fastest-levenshtein';

/** Keys and list positions from the scenario's root to a value. */
export type KeyPath = readonly (string | number)[];

/**
 * A scenario is wrong at one key. Thrown while a scenario is resolved, and turned into an ApfError by whoever knows the
 * file's name and whether the value came from an override.
 */
export class ScenarioProblem extends Error {
  /** @param text what was found there and what was expected */
  constructor(
    readonly path: KeyPath,
    text: string,
  ) {
    super(text);
    this.name = 'ScenarioProblem';
  }
}

/** `guest.tasks[0].compute`; the root is "the scenario". */
export function writePath(path: KeyPath): string {
  if (path.length === 0) return 'the scenario';
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
}

/** A value as a message shows it: JSON, cut where it is long. */
export function writeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  // As YAML has it: .nan, .inf, -.inf.
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The known word that takes the fewest edits; those that begin with the word given go first. @param known at least one */
export function nearest(word: string, known: readonly string[]): string {
  const longer = word.length > 1 ? known.filter((candidate) => candidate.startsWith(word)) : [];
  return closest(word.slice(0, 100), longer.length > 0 ? longer : known);
}
