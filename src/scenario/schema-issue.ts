import {distance} from 'fastest-levenshtein';
import type {core} from 'zod';
import {type KeyPath, nearest, ScenarioProblem, writeFound} from './problem.js';

type Issue = core.$ZodIssue;

/** What is wrong with a value as a whole counts more than what is wrong inside it: see `chooseBranch`. */
const wholeValueWeight = 1000;

/**
 * Words the first issue of the schema, or an unknown key: it may be what is missing elsewhere. An issue's message is what goes after "expected"; that of an unknown key is the known keys,
 * with a blank between.
 * @param root the value that was checked: the message shows what was found in it
 */
export function toProblem(issues: readonly Issue[], root: unknown): ScenarioProblem {
  return wordIssue(first(issues), [], root);
}

function wordIssue(issue: Issue, above: KeyPath, root: unknown): ScenarioProblem {
  const path = [...above, ...(issue.path as KeyPath)];
  const unknown = unknownKey(issue);
  if (unknown !== null) {
    const at = issue.code === 'invalid_key' ? path : [...path, unknown.key];
    const known = unknown.known.join(', ');
    return new ScenarioProblem(
      at,
      `unknown key, expected one of ${known}; the nearest is ${nearest(unknown.key, unknown.known)}`,
    );
  }
  if (issue.code === 'invalid_union') {
    const branch = chooseBranch(issue.errors);
    const mixed = branch === null ? null : keyOfAnother(branch, issue.errors);
    if (mixed !== null) {
      return new ScenarioProblem(
        [...path, mixed.key],
        `does not go with the other keys there, expected ${issue.message}`,
      );
    }
    if (branch !== null) return wordIssue(first(branch), path, root);
  }
  return new ScenarioProblem(path, `found ${writeFound(valueAt(root, path))}, expected ${issue.message}`);
}

/**
 * The alternative that was meant: the one whose issues are the lightest, unless none is even of the right type. The
 * alternatives of this schema differ in type or in keys, so an object with one bad value weighs least in its own.
 */
function chooseBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  let lightest = wholeValueWeight;
  let chosen: readonly Issue[] | null = null;
  for (const issues of branches) {
    const weight = issues.reduce((sum, issue) => sum + weigh(issue), 0);
    if (issues.length > 0 && weight < lightest) {
      lightest = weight;
      chosen = issues;
    }
  }
  return chosen;
}

/** A key that the chosen alternative does not know, but another does: both are meant at once. */
function keyOfAnother(branch: readonly Issue[], branches: readonly (readonly Issue[])[]): {key: string} | null {
  const unknown = unknownKey(first(branch));
  if (unknown === null) return null;
  const others = branches.filter((issues) => issues !== branch).flat();
  return others.some((issue) => unknownKey(issue)?.known.includes(unknown.key)) ? unknown : null;
}

function first(issues: readonly Issue[]): Issue {
  return issues.find((issue) => unknownKey(issue) !== null) ?? issues[0];
}

/** A slip in a key weighs the edits that would mend it. */
function weigh(issue: Issue): number {
  if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_key') {
    const known = unknownKey(issue)?.known ?? [];
    const found = issue.code === 'invalid_key' ? [String(issue.path.at(-1))] : issue.keys;
    return found.reduce((sum, key) => sum + 1 + distance(key, nearest(key, known)), 0);
  }
  const isWhole = issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  return isWhole ? wholeValueWeight : 1;
}

function unknownKey(issue: Issue): {key: string; known: string[]} | null {
  if (issue.code === 'unrecognized_keys') return {key: issue.keys[0], known: issue.message.split(' ')};
  if (issue.code === 'invalid_key') return {key: String(issue.path.at(-1)), known: issue.issues[0].message.split(' ')};
  return null;
}

function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
