import {TaskMode} from '../../protocol/engine-config.js';
import {none, Row} from '../../protocol/row.js';
import {Accounting} from '../accounting.js';
import type {CheckerConfig} from '../config.js';
import {PageStates} from '../page-states.js';
import {Reporter} from '../report.js';
import {invariants} from './invariants.js';

/** What a vCPU does: runs the guest, waits for the answer to a fault, is suspended by the host, waits in HLT. */
export type Mode = 'guest' | 'exited' | 'asleep' | 'halted';

/** Bits of a `mask` row's value. */
const MaskBit = {interruptFlag: 1, stiShadow: 2, movssShadow: 4} as const;

/** The states of an entry that is active; `copied`: the host has not been told. */
export type EntryState = 'copied' | 'can_continue' | 'suspend_me' | 'resolved' | 'fail';

/** An entry of ve_page from its copy until its active bit is clear. */
export interface Entry {
  readonly index: number;
  readonly vcpu: Vcpu;
  readonly actor: number;
  readonly page: number;
  readonly copySeq: number;
  /** What its handler must say of it (VE-S6). */
  readonly mayContinue: boolean;
  state: EntryState;
  /** Seqs; `none` as long as it has not happened. */
  toldSeq: number;
  toldNs: number;
  resolutionSeq: number;
  /** Evictions of the page, at the resolution. */
  evictions: number;
}

/** A #VE handler under way. */
export interface Frame {
  readonly vcpu: Vcpu;
  readonly deliverySeq: number;
  entry: Entry | null;
  /** It has waited, or found that it need not. */
  parked: boolean;
}

/** One vCPU, as far as the rows tell. A step is a choice with the events it causes; obligations last for one step. */
export class Vcpu {
  mode: Mode = 'guest';
  mask: number = MaskBit.interruptFlag;
  /** Task on the vCPU, or `none`. */
  current: number = none;
  inNmi = false;
  inReady = false;
  /** #VE handlers under way that have not gone to wait. */
  frames = 0;
  busy = 0;
  busySeq: number = none;
  /** The row of the last delivery: what the handler must copy. */
  readonly delivered = new Float64Array(Row.value + 1).fill(none);
  /** Active entries by index. */
  readonly active = new Map<number, Entry>();
  /** Indices that are completed and not injected, oldest first. */
  readonly queue: number[] = [];
  /** It was said that the queue stands still. */
  stalled = false;
  /** The index in host_current until the completion handler has returned, and the raise that came with it. */
  hostCurrent: number = none;
  raiseSeq: number = none;
  /** What the completion handler has consumed and must unpark next. */
  unparkDue: Entry | null = null;
  /** Page for which the host has it suspended. */
  sleepPage: number = none;
  sleepSeq: number = none;
  sleepsInHandler = false;
  /** Tasks that waited on it when it halted: none makes it idle. */
  haltValue = 0;

  /** Steps in which the host woke it, and in which it was told by hypercall. */
  wokenStep: number = none;
  toldStep: number = none;
  /** Obligations of the step under way, as the seq of what caused them. */
  attemptOwes: number = none;
  deferralOwes: number = none;
  fillOwes: number = none;
  suspendOwes: number = none;
  resolveOwes: number = none;
  bugOwes: number = none;
  logSeq: number = none;

  constructor(readonly number: number) {}
}

/** A task, or the NMI handler of a vCPU. */
export class Actor {
  /** Seq of its fault that is open, or `none`. */
  fault: number = none;
  /** The open fault has its first answer. */
  answered = false;
  frame: Frame | null = null;
  /** The entry that it holds, in its handler or waiting. */
  entry: Entry | null = null;
  waiting = false;
  parkSeq: number = none;
  /** Evictions of its page by the time it was ready for a retry; `none`: it was not told to try again. */
  readyEvictions: number = none;
  readySeq: number = none;
  retrySeq: number = none;
}

/** All that the checker knows. Its size goes with tasks, entries and pages touched, not with rows. */
export class Model {
  readonly report = new Reporter(invariants);
  readonly accounting: Accounting;
  readonly vcpus: readonly Vcpu[];
  readonly actors: readonly Actor[];
  readonly pages: PageStates;
  /** Counts of what goes through the entries, for the identities. */
  readonly counts = {copies: 0, freed: 0, told: 0, queued: 0, raised: 0};
  /** Counts choices. */
  step = 0;
  killSeq: number = none;
  /** Something in this step may have made the page of a suspended vCPU ready. */
  sleepersDue = false;
  /** vCPUs that may have obligations in this step. */
  readonly owing = new Set<Vcpu>();

  constructor(readonly config: CheckerConfig) {
    this.vcpus = Array.from({length: config.vcpus}, (_, number) => new Vcpu(number));
    this.actors = Array.from({length: config.tasks + config.vcpus}, () => new Actor());
    this.pages = new PageStates(config.presentPages);
    this.accounting = new Accounting(config.vcpus);
  }

  vcpuOf(row: Float64Array): Vcpu {
    return this.vcpus[row[Row.vcpu]];
  }

  /** Rows of an NMI handler have no task. */
  actorOf(row: Float64Array): number {
    return row[Row.task] === none ? this.config.tasks + row[Row.vcpu] : row[Row.task];
  }

  /** The current task is in its #VE handler; an NMI may have interrupted it there. */
  inVeHandler(v: Vcpu): boolean {
    return v.current !== none && this.actors[v.current].frame !== null;
  }

  modeOf(actor: number): number {
    return this.config.taskModes?.[actor] ?? TaskMode.user;
  }

  /** The active bit of an actor's entry is cleared. */
  free(actor: Actor): void {
    const {entry} = actor;
    if (entry === null) return;
    actor.entry = null;
    this.counts.freed++;
    entry.vcpu.active.delete(entry.index);
  }
}

/** An actor in words, for messages. */
export function nameOf(model: Model, actor: number): string {
  return actor < model.config.tasks ? `task ${actor}` : `the NMI handler of vcpu ${actor - model.config.tasks}`;
}

/** What keeps an interrupt from a vCPU, in words; '' if nothing does. */
export function blockedBy(model: Model, v: Vcpu): string {
  if (v.inNmi) return 'in an NMI handler';
  if (v.inReady) return 'in the completion handler';
  if (model.inVeHandler(v)) return 'in the #VE handler';
  if ((v.mask & MaskBit.interruptFlag) === 0) return 'with IF clear';
  if ((v.mask & MaskBit.stiShadow) !== 0) return 'in an STI shadow';
  if ((v.mask & MaskBit.movssShadow) !== 0) return 'in a MOV SS shadow';
  return v.mask === MaskBit.interruptFlag ? '' : 'with the TPR shut';
}

/** VE-S6: whether the handler of an actor may leave its vCPU to others, once it has taken its entry. */
export function mayContinue(model: Model, v: Vcpu, actor: number): boolean {
  if (actor >= model.config.tasks || v.active.size + 1 >= model.config.tokens) return false;
  return v.mask === MaskBit.interruptFlag && model.modeOf(actor) === TaskMode.user;
}
