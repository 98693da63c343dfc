import {none, Row} from '../../protocol/row.js';
import {Accounting} from '../accounting.js';
import type {CheckerConfig} from '../config.js';
import {PageStates} from '../page-states.js';
import {Reporter} from '../report.js';
import {invariants} from './invariants.js';
import {Scope, type Token, tokensOut} from './scope.js';

/** What ends a sleep: the page; a resolution too; a resolution only; an interrupt too. */
export type SleepEnd = 'page' | 'either' | 'token' | 'interrupt';

/** What a vCPU does: runs the guest, waits for the host's answer to a fault, is put to sleep by the host, waits in HLT. */
export type Mode = 'guest' | 'exited' | 'asleep' | 'halted';

/** Bits of a `mask` row's value. */
export const MaskBit = {interruptFlag: 1, stiShadow: 2, movssShadow: 4, tpr: 8} as const;

/** What the event's data structure held at a delivery: what the handler must read. */
export interface Delivered {
  seq: number;
  token: number;
  gpaLo: number;
  gpaHi: number;
  gvaLo: number;
  gvaHi: number;
  /** It is for an instruction fetch, of which the guest is not told gva. */
  isFetch: boolean;
}

/** One vCPU, as far as the rows tell. A step is a choice with the events it causes; obligations last for one step. */
export class Vcpu {
  mode: Mode = 'guest';
  mask: number = MaskBit.interruptFlag;
  /** Task on the vCPU, or `none`. */
  current: number = none;
  inNmi = false;
  inReady = false;
  /** Page-not-present handlers under way: of the current task, and of preempted ones. */
  frames = 0;
  inuse = 0;
  inuseSeq: number = none;
  /** It was reported that nobody clears inuse. */
  inuseLost = false;
  readonly delivered: Delivered = {
    seq: none,
    token: none,
    gpaLo: 0,
    gpaHi: none,
    gvaLo: 0,
    gvaHi: none,
    isFetch: false,
  };
  /** READY is pending, since a raise. */
  pending = false;
  /** Since when READY is pending and can be taken, ns. */
  takeableNs: number = none;
  /** Interrupts of devices that arrived and were not served, and the seq of the last. */
  devices = 0;
  deviceSeq: number = none;
  /** What the READY handler has consumed and must unpark next. */
  unparkDue: Token | null = null;
  /** Page for which the host has it asleep. */
  sleepPage: number = none;
  sleepSeq: number = none;
  /** What else than its page may end that sleep (Q2, Q3). */
  sleepsFor: SleepEnd = 'page';
  /** A resolution whose page-not-present the host delivers as soon as it can (Q14), and whether it is for a fetch. */
  later: Token | null = null;
  laterIsFetch = false;
  /** The reason of the deferral that is being answered. */
  deferredFor: number = none;
  /** It waits in HLT, and not by hypercall. */
  inHlt = false;
  sleepNs = 0;
  /** Tasks parked on it when it halted: none makes it idle. */
  haltValue = 0;

  /** Step in which the host woke it. */
  wokenStep: number = none;
  /** Obligations of the step under way, as the seq of what caused them. */
  attemptOwes: number = none;
  deferralOwes: number = none;
  fillOwes: number = none;
  logSeq: number = none;
  earlyOwes: Token | null = null;

  constructor(
    readonly number: number,
    readonly scope: Scope,
  ) {}
}

/** A task, or the NMI handler of a vCPU. */
export class Actor {
  /** Seq of its fault that is open, or `none`. */
  fault: number = none;
  /** The host has given the open fault its first answer. */
  answered = false;
  page: number = none;
  isFetch = false;
  /** The token that its handler, which is under way, was delivered with. */
  frame: Token | null = null;
  frameVcpu: number = none;
  copied: number = none;
  /** That handler has parked the task, or found its resolution. */
  parked = false;
  /** The token under which it is registered as a sleeper. */
  sleepsUnder: Token | null = null;
  parkSeq: number = none;
  /** Evictions of its page by the time it was ready for a retry; `none`: it was not told to try again. */
  readyEvictions: number = none;
  readySeq: number = none;
  retrySeq: number = none;
  /** Its sleep ended for something else than its page: the retry belongs to the same fault. */
  triesAgain = false;
  /** It was reported as stranded. */
  stranded = false;
}

/** All that the checker knows. Its size goes with tasks, tokens in use and pages touched, not with rows. */
export class Model {
  readonly report = new Reporter(invariants);
  readonly accounting: Accounting;
  readonly vcpus: readonly Vcpu[];
  readonly actors: readonly Actor[];
  readonly pages: PageStates;
  /** Counts choices. */
  step = 0;
  killSeq: number = none;
  /** Something in this step may have made the page of a sleeping vCPU ready. */
  sleepersDue = false;
  /** vCPUs that may have obligations in this step. */
  readonly owing = new Set<Vcpu>();

  constructor(readonly config: CheckerConfig) {
    const shared = new Scope();
    const scopeOf = () => (config.scope === 'vm' ? shared : new Scope());
    this.vcpus = Array.from({length: config.vcpus}, (_, number) => new Vcpu(number, scopeOf()));
    this.actors = Array.from({length: config.tasks + config.vcpus}, () => new Actor());
    this.pages = new PageStates(config.presentPages);
    this.accounting = new Accounting(config.vcpus);
  }

  vcpuOf(row: Float64Array): Vcpu {
    return this.vcpus[row[Row.vcpu]];
  }

  /** Each ring with its tokens once. */
  get scopes(): ReadonlySet<Scope> {
    return new Set(this.vcpus.map((v) => v.scope));
  }

  /** Rows of an NMI handler have no task. */
  actorOf(row: Float64Array): number {
    return row[Row.task] === none ? this.config.tasks + row[Row.vcpu] : row[Row.task];
  }

  /** The actor whose code a vCPU runs, or `none`. */
  currentActor(v: Vcpu): number {
    return v.inNmi ? this.config.tasks + v.number : v.current;
  }

  /** Tokens of a vCPU that are not free. */
  tokensUsed(v: Vcpu): number {
    return tokensOut(v.scope, this.config);
  }

  /** The current task is in its page-not-present handler; an NMI or READY may have interrupted it there. */
  inPnpHandler(v: Vcpu): boolean {
    return v.current !== none && this.actors[v.current].frame !== null;
  }
}

/** An actor in words, for messages. */
export function nameOf(model: Model, actor: number): string {
  return actor < model.config.tasks ? `task ${actor}` : `the NMI handler of vcpu ${actor - model.config.tasks}`;
}

/** What blocks interrupts on a vCPU, in words; '' if nothing does. `tprCounts`: the TPR is one of the gates. */
export function blockedBy(model: Model, v: Vcpu, tprCounts: boolean): string {
  if (v.inNmi) return 'in an NMI handler';
  if (v.inReady) return 'in the READY handler';
  if (model.inPnpHandler(v) && !model.config.handlerInterrupts) return 'in the page-not-present handler';
  if ((v.mask & MaskBit.interruptFlag) === 0) return 'with IF clear';
  if ((v.mask & MaskBit.stiShadow) !== 0) return 'in an STI shadow';
  if ((v.mask & MaskBit.movssShadow) !== 0) return 'in a MOV SS shadow';
  if (tprCounts && (v.mask & MaskBit.tpr) !== 0) return 'with the TPR shut';
  return '';
}

/** Counts that the TPR had a say in a decision (R6). */
export function countTpr(model: Model, v: Vcpu): void {
  if ((v.mask & MaskBit.tpr) !== 0 || model.config.checkTpr) model.report.reach('R6');
}
