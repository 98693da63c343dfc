import fs from 'node:fs';
import path from 'node:path';
import type {Outcome} from './mutate.js';
import {root} from './schemata.js';

/** Of all mutants, the share that must be caught by a test that bears the number of their rule. */
const shareMin = 0.95;

interface ReportOptions {
  /** All mutants ran: the share and the list of survivors are judged. */
  isWhole: boolean;
  /** Prints each mutant with the test that caught it. */
  isList: boolean;
  isJson: boolean;
}

/** Prints what became of the mutants; whether that is good. */
export function printReport(outcomes: readonly Outcome[], {isWhole, isList, isJson}: ReportOptions): boolean {
  const caught = outcomes.filter(({isOwn}) => isOwn).length;
  const share = outcomes.length === 0 ? 1 : caught / outcomes.length;
  const problems = isWhole ? listProblems(outcomes) : [];
  if (isJson) {
    const rows = outcomes.map(({mutant, by, isOwn}) => ({...mutant, by, own: isOwn}));
    console.log(JSON.stringify({mutants: outcomes.length, caught, share, problems, outcomes: rows}, null, 1));
  } else {
    for (const line of tableLines(outcomes)) console.log(line);
    for (const {mutant, by, isOwn} of outcomes) {
      if (isList || !isOwn)
        console.log(
          `${isOwn ? 'caught  ' : by === null ? 'SURVIVED' : 'other   '} ${mutant.key} [${mutant.rules}] ${by ?? ''}`,
        );
    }
    for (const problem of problems) console.log(problem);
    console.log(
      `${caught} of ${outcomes.length} mutants are caught by a test of their rule: ${(100 * share).toFixed(1)} %`,
    );
  }
  return !isWhole || (share >= shareMin && problems.length === 0);
}

/** One row a rule: a mutant of several rules counts for each. */
function tableLines(outcomes: readonly Outcome[]): string[] {
  const rules = [...new Set(outcomes.flatMap(({mutant}) => mutant.rules))].sort((a, b) =>
    a.localeCompare(b, 'en', {numeric: true}),
  );
  const head = ['rule', 'mutants', 'caught by its tests', 'by another', 'survived'];
  const rows = rules.map((rule) => {
    const of = outcomes.filter(({mutant}) => mutant.rules.includes(rule));
    const own = of.filter(({isOwn}) => isOwn).length;
    const survived = of.filter(({by}) => by === null).length;
    return [rule, of.length, own, of.length - own - survived, survived].map(String);
  });
  return [head, ...rows].map((cells) => cells.map((cell, i) => cell.padStart(i === 0 ? 8 : head[i].length)).join('  '));
}

/** Why no test can tell a mutant from the original, with the mutants of which that is true. */
type Survivors = readonly {reason: string; mutants: readonly string[]}[];

/** Survivors that the list does not explain, and what it explains without need. */
function listProblems(outcomes: readonly Outcome[]): string[] {
  const file = path.join(root, 'test/mutate/survivors.json');
  const listed = new Set((JSON.parse(fs.readFileSync(file, 'utf8')) as Survivors).flatMap(({mutants}) => mutants));
  const survived = new Set(outcomes.filter(({by}) => by === null).map(({mutant}) => mutant.key));
  const unknown = [...survived].filter((key) => !listed.has(key));
  const needless = [...listed].filter((key) => !survived.has(key));
  return [
    ...unknown.map((key) => `survivors.json does not explain: ${key}`),
    ...needless.map((key) => `survivors.json explains what is caught, or is no mutant: ${key}`),
  ];
}
