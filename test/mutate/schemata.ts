import fs from 'node:fs';
import path from 'node:path';
import MagicString from 'magic-string';
import {parseAst} from 'rolldown/parseAst';
import type {Plugin} from 'vitest/config';
import {type Mutant, mutantsOf} from './mutants.js';

/** The project's folder, whether this file stands in it or, compiled, in dist. */
export const root = path.resolve(import.meta.dirname.replace(/dist[/\\]test[/\\]mutate$/, 'test/mutate'), '../..');

/** What is never mutated: bugs are changes already, and tables and types are no functions. */
const notMutated = /(bugs|broken|wrap|port|protocol|layout)\.ts$/;

/** All mutants of the engine, in the order of the files' names; a mutant's number is its place here, from 1. */
export function allMutants(): Mutant[] {
  const folder = path.join(root, 'src/engine');
  const names = fs.readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();
  return names
    .filter((name) => name.endsWith('.ts') && !notMutated.test(name))
    .map((name) => `src/engine/${name.replaceAll('\\', '/')}`)
    .flatMap((file) => mutantsOf(file, fs.readFileSync(path.join(root, file), 'utf8')));
}

/**
 * Compiles every mutant into its file at once, behind a switch: `(__mutant(17) ? (a > b) : (a >= b))`. All mutants then
 * run in one process, and which of them a test reaches is known. A loop asks at each turn whether the run is lost.
 */
export function schemata(): Plugin {
  const byFile = new Map<string, {id: number; mutant: Mutant}[]>();
  for (const [index, mutant] of allMutants().entries()) {
    const file = path.join(root, mutant.file);
    byFile.set(file, [...(byFile.get(file) ?? []), {id: index + 1, mutant}]);
  }
  return {
    name: 'mutant-schemata',
    enforce: 'pre',
    transform(code, id) {
      const [file] = id.split('?');
      if (!file.startsWith(root) || !file.endsWith('.ts') || /node_modules|test\/mutate/.test(file)) return null;
      return {code: switchable(withTicks(code), byFile.get(file) ?? []), map: null};
    },
  };
}

/** Offsets of what stands at the beginning of each loop's body. */
function withTicks(code: string): MagicString {
  const text = new MagicString(code);
  const visit = (node: {
    type: string;
    start: number;
    end: number;
    body?: {type: string; start: number; end: number};
  }) => {
    if (/^(For|ForOf|ForIn|While|DoWhile)Statement$/.test(node.type) && node.body !== undefined) {
      const {type, start, end} = node.body;
      if (type === 'BlockStatement') text.appendRight(start + 1, ' __tick();');
      else text.appendRight(start, '{ __tick(); ').prependLeft(end, ' }');
    }
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value])
        if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Parameters<typeof visit>[0]);
  };
  visit(parseAst(code, {lang: 'ts'}) as unknown as Parameters<typeof visit>[0]);
  return text;
}

/** Outer expressions first, so that what is inside stands in their last branch. */
function switchable(text: MagicString, mutants: readonly {id: number; mutant: Mutant}[]): string {
  for (const {id, mutant} of mutants) {
    text.appendRight(mutant.start, `(__mutant(${id}) ? (${mutant.replacement}) : (`);
  }
  // The end of an inner expression comes before that of an outer one at the same place.
  for (const {mutant} of [...mutants].sort((a, b) => b.mutant.start - a.mutant.start || a.mutant.end - b.mutant.end))
    text.appendLeft(mutant.end, '))');
  return text.toString();
}
