import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import type {Mutant} from './mutants.js';
import {printReport} from './report.js';
import {allMutants, root} from './schemata.js';
import type {Verdict} from './verdict.js';

/*
 * `npm run mutate`: every mutant of the functions that implement the rules and the protocols, against the tests that
 * reach it; the cheap tests first. CONTRIBUTING.md says how to read it.
 */

/** What became of a mutant: a test that caught it, and whether that bears a rule of it. */
export interface Outcome {
  mutant: Mutant;
  by: string | null;
  isOwn: boolean;
}

/** Tests, the ones that tell most in the least time first; a mutant that is caught goes no further. */
const stages: readonly {what: string; files: readonly string[]}[] = [
  {what: 'a file a rule', files: ['test/rules/']},
  {
    what: 'protocols by hand, options, gates',
    files: ['test/protocols/', 'test/options/', 'test/engine/decision', 'test/misbehaviours/pnp'],
  },
  {what: 'random runs under the checker', files: ['test/property/random-runs']},
  {what: 'rows and states of the behaviour', files: ['test/engine/behaviour']},
  {what: 'addresses of a real program', files: ['test/record/the-address']},
];

const {values: flags} = parseArgs({
  options: {rule: {type: 'string'}, file: {type: 'string'}, list: {type: 'boolean'}, json: {type: 'boolean'}},
});

function main(): void {
  const outcomes = new Map<number, Outcome>();
  for (const [index, mutant] of allMutants().entries()) {
    if (flags.rule !== undefined && !mutant.rules.includes(flags.rule)) continue;
    if (flags.file !== undefined && !mutant.file.includes(flags.file)) continue;
    outcomes.set(index + 1, {mutant, by: null, isOwn: false});
  }
  for (const stage of stages) runStage(stage, outcomes);
  const isWhole = flags.rule === undefined && flags.file === undefined;
  const ok = printReport([...outcomes.values()], {isWhole, isList: flags.list === true, isJson: flags.json === true});
  process.exitCode = ok ? 0 : 1;
}

function runStage({what, files}: (typeof stages)[number], outcomes: Map<number, Outcome>): void {
  const left = [...outcomes].filter(([, {isOwn}]) => !isOwn).map(([id]) => id);
  if (left.length === 0) return;
  const beginMs = performance.now();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'apf-mutate-'));
  try {
    fs.writeFileSync(path.join(folder, 'left.json'), JSON.stringify(left));
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const argv = [vitest, 'run', '--config', 'test/mutate/vitest.config.ts', ...files];
    const env = {...process.env, APF_MUTATE_FOLDER: folder};
    const ran = spawnSync(process.execPath, argv, {cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28});
    if (ran.status !== 0) throw new Error(`vitest failed:\n${ran.stdout}\n${ran.stderr}`);
    for (const verdict of verdictsIn(folder)) take(outcomes, verdict);
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
  const seconds = Math.round((performance.now() - beginMs) / 1000);
  const still = [...outcomes.values()].filter(({isOwn}) => !isOwn).length;
  process.stderr.write(
    `${what}: ${left.length} mutants, ${left.length - still} caught by tests of their own, ${seconds} s\n`,
  );
}

/** In the order of the files' names. */
function verdictsIn(folder: string): Verdict[] {
  const names = fs.readdirSync(folder).filter((name) => name.startsWith('verdicts-'));
  return names.sort().flatMap((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')).verdicts);
}

function take(outcomes: Map<number, Outcome>, {id, own, other}: Verdict): void {
  const outcome = outcomes.get(id);
  if (outcome === undefined || outcome.isOwn) return;
  if (own !== null) Object.assign(outcome, {by: own, isOwn: true});
  else if (other !== null && outcome.by === null) outcome.by = other;
}

main();
