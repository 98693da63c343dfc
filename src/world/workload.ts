import {ApfError} from '../base/errors.js';
import {below, chance, highWord, lowWord, randomWords} from '../base/random.js';
import {none} from '../protocol/row.js';
import {compileDistribution, type Sampler} from '../scenario/distribution.js';
import {type LackeyReader, openLackey, type PageAccess} from '../scenario/lackey.js';
import type {PatternAccesses, ResolvedScenario, TaskGroup} from '../scenario/resolved.js';
import {compileZipf, type RankSampler} from '../scenario/zipf.js';
import {Stream} from './streams.js';

/** What a task does next, when it is not a compute time: its workload must be read on first, or it has ended. */
export const Compute = {readOn: -1, end: -2} as const;

/** A task group's accesses, compiled. */
interface Program {
  readonly group: TaskGroup;
  readonly compute: Sampler;
  readonly zipf: RankSampler | null;
  /** Accesses after which a task ends. */
  readonly countMax: number;
}

/** A traced task: its reader, its address space, and the access that was read and not made yet. */
interface Traced {
  readonly reader: LackeyReader;
  readonly frames: Map<number, number>;
  readonly access: PageAccess;
}

/**
 * The accesses of every task: `compute` tells how long a task computes before its next one, `locate` then where it
 * goes. Patterns are pure functions of (seed, task, n-th access); traces are read as they are needed.
 */
export class Workload {
  /** Each task's next access, once `locate` has found it: page, byte in the page, guest-virtual page. */
  readonly page: Int32Array;
  readonly offset: Uint16Array;
  readonly gvaPage: Float64Array;
  /** 1: it is an instruction fetch. */
  readonly isFetch: Uint8Array;
  /** For each task the vCPU it is pinned to, or `none`. */
  readonly home: Int32Array;
  readonly taskCount: number;
  private readonly programs: Program[] = [];
  private readonly programOf: Int32Array;
  private readonly made: Float64Array;
  private readonly located: Uint8Array;
  /** 1: the task has no access left. */
  private readonly over: Uint8Array;
  private readonly traced: (Traced | null)[] = [];
  private freshPages = 0;
  private frames: number;
  private readonly seedLo: number;
  private readonly seedHi: number;
  private readonly words = new Uint32Array(4);

  /** @param files the path of the trace of each task group that has one, by the group's index */
  constructor(
    private readonly scenario: ResolvedScenario,
    files: ReadonlyMap<number, string>,
  ) {
    const groups = scenario.guest.tasks;
    this.taskCount = groups.reduce((sum, group) => sum + group.count, 0);
    this.home = new Int32Array(this.taskCount);
    this.programOf = new Int32Array(this.taskCount);
    this.made = new Float64Array(this.taskCount);
    this.located = new Uint8Array(this.taskCount);
    this.over = new Uint8Array(this.taskCount);
    this.page = new Int32Array(this.taskCount);
    this.offset = new Uint16Array(this.taskCount);
    this.gvaPage = new Float64Array(this.taskCount);
    this.isFetch = new Uint8Array(this.taskCount);
    this.seedLo = lowWord(scenario.seed);
    this.seedHi = highWord(scenario.seed);
    this.frames = 0;
    const zipfs = new Map<string, RankSampler>();
    let task = 0;
    for (const [index, group] of groups.entries()) {
      this.programs.push(compileProgram(group, zipfs));
      if ('pattern' in group.accesses) this.frames = Math.max(this.frames, group.accesses.pages);
      for (let i = 0; i < group.count; i++, task++) {
        this.home[task] = group.vcpu === 'any' ? none : group.vcpu;
        this.programOf[task] = index;
        this.traced.push(openTraced(files.get(index)));
      }
    }
  }

  /** ns that the task computes before its next access, or `Compute.readOn`, or `Compute.end`. */
  compute(task: number): number {
    const {group, compute, countMax} = this.programs[this.programOf[task]];
    const traced = this.traced[task];
    if (this.over[task] === 1 || this.made[task] >= countMax) return Compute.end;
    if (traced === null || 'pattern' in group.accesses) {
      this.draw(Stream.compute, task);
      return compute.sample(this.words[0], this.words[1]);
    }
    const read = traced.reader.next(traced.access);
    if (read === 'more') return Compute.readOn;
    return read ? traced.access.instructions * group.accesses.instruction : Compute.end;
  }

  /** Reads on for every task that waits for it. */
  async readOn(tasks: Iterable<number>): Promise<void> {
    for (const task of tasks) await this.traced[task]?.reader.more();
  }

  /** Finds the place of the task's next access, once; false: no fresh page is left, and the task ends. */
  locate(task: number): boolean {
    if (this.located[task] === 1) return true;
    const {group, zipf} = this.programs[this.programOf[task]];
    const {accesses} = group;
    const traced = this.traced[task];
    if (traced !== null) {
      this.locateTraced(task, traced);
    } else if ('pattern' in accesses) {
      const page = this.patternPage(task, accesses, zipf);
      if (page === none) {
        this.over[task] = 1;
        return false;
      }
      this.page[task] = page;
      this.gvaPage[task] = page;
    }
    this.located[task] = 1;
    return true;
  }

  /** The task's access went through, or was given up. */
  finish(task: number): void {
    this.made[task]++;
    this.located[task] = 0;
  }

  /** Whether the task's next access, if it faults, finds IF=0 with the probability given. */
  masked(task: number, probability: number): boolean {
    if (probability === 0) return false;
    this.draw(Stream.interruptsOff, task);
    return chance(this.words[0], probability);
  }

  async close(): Promise<void> {
    for (const traced of this.traced) await traced?.reader.close();
  }

  private draw(stream: number, task: number): void {
    randomWords(this.seedLo, this.seedHi, stream, task, this.made[task], this.words);
  }

  /** The page of a pattern's next access, or `none`. */
  private patternPage(task: number, accesses: PatternAccesses, zipf: RankSampler | null): number {
    const {pattern, pages} = accesses;
    if (pattern === 'fresh') return this.freshPages < pages ? this.freshPages++ : none;
    if (pattern === 'sequential' || pattern === 'cyclic') return this.made[task] % pages;
    this.draw(Stream.pattern, task);
    return zipf === null ? below(this.words[0], pages) : zipf.sample(this.words[0], this.words[1]);
  }

  /** A trace's pages get frames in the order of their first touch, behind the pages of the patterns. */
  private locateTraced(task: number, traced: Traced): void {
    const {page, offset} = traced.access;
    let frame = traced.frames.get(page);
    if (frame === undefined) {
      frame = this.frames++;
      const {pages} = this.scenario.host.memory;
      if (frame >= pages) {
        const found = `the workload touches more than the ${pages} pages of host.memory.pages`;
        throw new ApfError('badData', 'WORKLOAD_PAGES', `${this.scenario.name}: ${found}`, [
          `apf record … --set host.memory.pages=${pages * 2}`,
        ]);
      }
      traced.frames.set(page, frame);
    }
    this.page[task] = frame;
    this.offset[task] = offset;
    this.gvaPage[task] = page;
    this.isFetch[task] = traced.access.isFetch ? 1 : 0;
  }
}

/** @param zipfs those compiled already: groups that are alike share one */
function compileProgram(group: TaskGroup, zipfs: Map<string, RankSampler>): Program {
  const {accesses} = group;
  const pattern = 'pattern' in accesses ? accesses : null;
  const count = pattern?.count ?? Number.POSITIVE_INFINITY;
  return {
    group,
    compute: compileDistribution(group.compute),
    zipf: pattern?.pattern === 'zipf' ? sharedZipf(pattern, zipfs) : null,
    // A sequential scan ends with the last page; a cyclic one begins anew.
    countMax: pattern?.pattern === 'sequential' ? Math.min(count, pattern.pages) : count,
  };
}

function openTraced(file: string | undefined): Traced | null {
  if (file === undefined) return null;
  return {reader: openLackey(file), frames: new Map(), access: {instructions: 0, page: 0, offset: 0, isFetch: false}};
}

function sharedZipf({pages, skew}: PatternAccesses, zipfs: Map<string, RankSampler>): RankSampler {
  const key = `${pages} ${skew}`;
  const zipf = zipfs.get(key) ?? compileZipf(pages, skew);
  zipfs.set(key, zipf);
  return zipf;
}
