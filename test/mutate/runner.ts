import {setMaxListeners} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {TestRunner} from 'vitest';
import type {VitestRunner} from 'vitest/runners';
import {bears} from './bearing.js';
import type {Mutant} from './mutants.js';
import {allMutants} from './schemata.js';
import type {Verdict} from './verdict.js';

type Files = Parameters<NonNullable<VitestRunner['onCollected']>>[0];
type Task = Files[number]['tasks'][number];
type Test = Extract<Task, {type: 'test'}>;

/** Tests that take longer without a mutant are run for no mutant, ms. */
const slowMs = 150;
/** A mutant is lost in a loop when it takes so many turns more than the original. */
const turnsMore = 3_000;
const turnsFactor = 8;

class LostInLoop extends Error {}

/** The switches that the mutated sources ask. */
const run = {active: 0, reached: null as Set<number> | null, turns: 0, turnsMax: Number.POSITIVE_INFINITY};

Object.assign(globalThis, {
  __mutant(id: number): boolean {
    if (run.reached !== null) run.reached.add(id);
    return run.active === id;
  },
  __tick(): void {
    if (++run.turns > run.turnsMax) throw new LostInLoop('more turns of loops than the original takes');
  },
});

/** A test that passes without a mutant, and the mutants that it reaches. */
interface Known {
  test: Test;
  title: string;
  reached: ReadonlySet<number>;
  turns: number;
}

/** Runs the tests of a file not once, but for every mutant that they reach, and writes the verdicts to a file. */
export default class MutantRunner extends TestRunner {
  async onCollected(files: Files): Promise<void> {
    const mutants = allMutants();
    const left = new Set<number>(JSON.parse(fs.readFileSync(path.join(outFolder(), 'left.json'), 'utf8')));
    for (const file of files) {
      const name = path.relative(process.cwd(), file.filepath);
      const known: Known[] = [];
      for (const test of testsOf(file.tasks)) {
        const one = await reach(test);
        if (one !== null) known.push(one);
        test.mode = 'skip';
      }
      known.sort((a, b) => a.turns - b.turns);
      const verdicts: Verdict[] = [];
      for (const [index, mutant] of mutants.entries()) {
        const verdict = left.has(index + 1) ? await judge(index + 1, mutant, name, known) : null;
        if (verdict !== null) verdicts.push(verdict);
      }
      const out = path.join(outFolder(), `verdicts-${name.replaceAll(/[/\\]/g, '-')}.json`);
      fs.writeFileSync(out, JSON.stringify({file: name, verdicts}));
    }
  }
}

/** Where the mutants that are left come from, and the verdicts go. */
function outFolder(): string {
  return process.env.APF_MUTATE_FOLDER as string;
}

function testsOf(tasks: readonly Task[]): Test[] {
  return tasks.flatMap((task) => (task.type === 'test' ? [task] : testsOf(task.tasks)));
}

/** Runs a test as it is, and notes what it reaches; null: it fails, or it is slow. */
async function reach(test: Test): Promise<Known | null> {
  setMaxListeners(0, test.context.signal); // each call of a test waits for it anew
  const reached = new Set<number>();
  Object.assign(run, {active: 0, reached, turns: 0, turnsMax: Number.POSITIVE_INFINITY});
  const beginMs = performance.now();
  const passes = await passesNow(test);
  run.reached = null;
  if (!passes || performance.now() - beginMs > slowMs) return null;
  return {test, title: titleOf(test), reached, turns: run.turns};
}

/** Runs the tests that reach a mutant, those that bear its rules first, until one fails; null: none reaches it. */
async function judge(id: number, mutant: Mutant, file: string, known: readonly Known[]): Promise<Verdict | null> {
  const reaching = known.filter(({reached}) => reached.has(id));
  if (reaching.length === 0) return null;
  const isOwn = ({title}: Known) => mutant.rules.some((rule) => bears(rule, file, title));
  const own = await firstToFail(id, reaching.filter(isOwn));
  if (own !== null) return {id, own: `${file} > ${own}`, other: null};
  const other = await firstToFail(
    id,
    reaching.filter((one) => !isOwn(one)),
  );
  return {id, own: null, other: other === null ? null : `${file} > ${other}`};
}

async function firstToFail(id: number, tests: readonly Known[]): Promise<string | null> {
  for (const {test, title, turns} of tests) {
    Object.assign(run, {active: id, turns: 0, turnsMax: turns * turnsFactor + turnsMore});
    const passes = await passesNow(test);
    Object.assign(run, {active: 0, turnsMax: Number.POSITIVE_INFINITY});
    if (!passes) return title;
  }
  return null;
}

async function passesNow(test: Test): Promise<boolean> {
  try {
    await TestRunner.getTestFn(test)();
    return true;
  } catch {
    return false;
  }
}

function titleOf(test: Test): string {
  const names = [test.name];
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return names.join(' > ');
}
