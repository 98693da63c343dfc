import {none, Row} from '../../protocol/row.js';
import {Accounting} from '../accounting.js';
import type {CheckerConfig} from '../config.js';
import {PageStates} from '../page-states.js';
import {Reporter} from '../report.js';
import {Counts} from './counts.js';
import type {Dialect, Ids} from './dialect.js';

/** The token of a wake-all, which stands for no fault. */
export const wakeAllToken = 0xffffffff;

/** Bits of a `mask` row's value. */
export const MaskBit = {interruptFlag: 1, stiShadow: 2, movssShadow: 4, tpr: 8} as const;

/**
 * What a vCPU does: runs the guest; waits for the host's answer to a fault; is suspended, a synchronous fault; is in the
 * artificial halt, which an interrupt ends; waits in HLT or a hypercall of the guest's own.
 */
export type Mode = 'guest' | 'exited' | 'suspended' | 'halted' | 'idle';

/** One page that the host brings in for a vCPU in the background, from its queueing until the guest consumed its READY. */
export interface Item {
  token: number;
  readonly wakeAll: boolean;
  /** The actor whose fault it stands for, and its page; `none` for a wake-all. */
  readonly actor: number;
  readonly page: number;
  readonly queuedSeq: number;
  readonly queuedNs: number;
  /** Page-not-present was injected for it. */
  readonly injected: boolean;
  /** It was resolved before its page-not-present (B13). */
  readonly foretold: boolean;
  /** Seqs; `none` as long as it has not happened. */
  completionSeq: number;
  resolutionSeq: number;
  /** The page was there when the I/O ended, and evicted so often by then; `none`: it failed. */
  evictions: number;
}

/** One vCPU, as far as the rows tell. A step is a choice with the events it causes; obligations last for one step. */
export class Vcpu {
  mode: Mode = 'guest';
  mask: number = MaskBit.interruptFlag;
  /** Task on the vCPU, or `none`. */
  current: number = none;
  inNmi = false;
  inReady = false;
  enabled = false;
  lapic = false;
  /** Device interrupts that pend. */
  devices = 0;

  /** The word that says page-not-present (and, in apf-pf, page ready), and the row that wrote it. */
  word = 0;
  wordSeq: number = none;

  /** Id of the next token. */
  nextId = 1;
  /** Tokens with a lower id died when the guest disabled (PI-S9). */
  deadBelow = 0;
  /** Items queued and not resolved, by token; and the dedup table, by page. */
  readonly queue = new Map<number, Item>();
  readonly gfns = new Map<number, Item>();
  /** Items whose I/O has ended, in that order. */
  readonly done: Item[] = [];
  /** What KVM counts as queued, the wake-all among it. */
  queued = 0;
  /** Resolved with READY and not consumed, by token. */
  readonly told = new Map<number, Item>();
  /** Token that was resolved last. */
  lastToken: number = none;
  /** Resolved before its page-not-present, which is to follow. */
  early: Item | null = null;

  /** READY is pending. */
  pending = false;
  /** The READY whose token the guest will read, and the row that wrote it. */
  ready: Item | null = null;
  readySeq: number = none;
  /** The slot of apf-int holds a token that the guest has not taken out. */
  slotFull = false;
  /** The guest has freed the slot for the READY that it has yet to acknowledge. */
  slotFreed = false;
  /** READYs injected and not acknowledged. */
  unacked = 0;
  /** The READY handler has acknowledged. */
  acked = false;

  /** Sleepers by token, in the order of their parking, and the tokens of READYs that found none. */
  readonly sleepers = new Map<number, number>();
  readonly dummies = new Map<number, number>();
  /** Whom the READY handler must unpark next, in order, for which token, since which row. */
  readonly due: number[] = [];
  dueToken: number = none;
  dueSeq: number = none;

  /** Page for which the host has stopped it. */
  sleepPage: number = none;
  sleepSeq: number = none;
  /** Tasks parked on it when it waited: none makes it idle. */
  haltValue = 0;

  /** Steps in which something last happened to it. */
  wokenStep: number = none;
  nmiStep: number = none;
  doneStep: number = none;
  firstDoneStep: number = none;
  ackStep: number = none;
  attemptStep: number = none;
  /** Obligations of the step under way, as the seq of what caused them. */
  attemptOwes: number = none;
  deferralOwes: number = none;
  retryOwes: number = none;
  wordOwes: number = none;
  /** A READY is to be injected for this item. */
  readyOwes: Item | null = null;
  raiseOwes: number = none;
  logSeq: number = none;
  /** Its next step is to be judged by the same obligations. */
  lookAgain = false;
  /** Its READY is overdue, which was said. */
  overdue = false;

  constructor(readonly number: number) {}
}

/** A task, or the NMI handler of a vCPU. */
export class Actor {
  /** Seq of its fault that is open, or `none`. */
  fault: number = none;
  /** The host has given the open fault its first answer. */
  answered = false;
  page: number = none;
  /** Evictions of its page when the fault began. */
  faultEvictions: number = none;
  /** Token of the page-not-present whose handler is under way, and the seq of its delivery. */
  frame: number = none;
  frameSeq: number = none;
  copied: number = none;
  /** That handler has parked the task, or found a dummy. */
  parked = false;
  /** The token under which it is registered as a sleeper, on which vCPU and since which row. */
  sleepsUnder: number = none;
  sleepsOn: number = none;
  parkSeq: number = none;
  /** Evictions of its page by the time it was there for a retry; `none`: nobody said so. */
  readyEvictions: number = none;
  readySeq: number = none;
  retrySeq: number = none;
  /** It was given a fault of the recovery mechanism. */
  recovered = false;
  /** It was reported as stranded. */
  stranded = false;
}

/** All that the checker knows. Its size goes with vCPUs, tasks, items in the queues and pages touched, not with rows. */
export class Model {
  readonly report: Reporter;
  readonly ids: Ids;
  readonly accounting: Accounting;
  readonly counts = new Counts();
  readonly vcpus: readonly Vcpu[];
  readonly actors: readonly Actor[];
  readonly pages: PageStates;
  /** Counts choices. */
  step = 0;
  killSeq: number = none;
  /** Something in this step may have ended a vCPU's wait in the host. */
  sleepersDue = false;
  /** vCPUs that the step has touched. */
  readonly touched = new Set<Vcpu>();

  constructor(
    readonly config: CheckerConfig,
    readonly dialect: Dialect,
  ) {
    this.report = new Reporter(dialect.invariants);
    this.ids = dialect.ids;
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

  /** The current task is in its page-not-present handler; an NMI may have interrupted it there. */
  inPnpHandler(v: Vcpu): boolean {
    return v.current !== none && this.actors[v.current].frame !== none;
  }
}

/** An actor in words, for messages. */
export function nameOf(model: Model, actor: number): string {
  return actor < model.config.tasks ? `task ${actor}` : `the NMI handler of vcpu ${actor - model.config.tasks}`;
}

/** A token in words: in hexadecimal, as KVM prints it. */
export function tokenName(token: number): string {
  return token === none ? 'no token' : `token 0x${token.toString(16)}`;
}

/** Interrupts are not allowed: why, in words; '' if they are. Every handler keeps IF clear until its IRET. */
export function blockedBy(model: Model, v: Vcpu, tprCounts: boolean): string {
  if (v.inNmi) return 'in an NMI handler';
  if (v.inReady) return 'in the READY handler';
  if (model.inPnpHandler(v)) return 'in the page-not-present handler';
  if ((v.mask & MaskBit.interruptFlag) === 0) return 'with IF clear';
  if ((v.mask & MaskBit.stiShadow) !== 0) return 'in an STI shadow';
  if ((v.mask & MaskBit.movssShadow) !== 0) return 'in a MOV SS shadow';
  if (tprCounts && (v.mask & MaskBit.tpr) !== 0) return 'with the TPR shut';
  return '';
}
