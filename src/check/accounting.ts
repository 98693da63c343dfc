import {ExactSum} from './exact-sum.js';

/** What a vCPU's time goes into; each instant counts once. */
export const timeStates = ['run', 'handler', 'sleep', 'halt', 'idle', 'dead'] as const;

export type TimeState = (typeof timeStates)[number];

/** Counts and sums over the whole run, each kept apart from the others, so that their identities can fail. */
export class Accounting {
  faults = 0;
  /** Faults by the host's first answer. */
  delivered = 0;
  slept = 0;
  killed = 0;
  recovered = 0;
  /** Rows. */
  deliveries = 0;
  resolutions = 0;
  consumed = 0;
  consumedEarly = 0;
  parkedEarly = 0;
  unparked = 0;
  /** Deliveries of a token that another one has; sleepers of consumed tokens beyond the first. */
  deliveriesShared = 0;
  sharersConsumed = 0;
  /** Resolutions consumed whose page-not-present never comes. */
  orphans = 0;
  /** Time went back so often. */
  backward = 0;
  /** Integral of the outstanding tokens over time, and the lifetimes of those that were resolved; token ns. */
  readonly outstandingTime = new ExactSum();
  readonly lifetimes = new ExactSum();
  private outstanding = 0;
  private outstandingSinceNs = 0;
  private readonly spent: Record<TimeState, number>[];
  private readonly state: TimeState[];
  private readonly sinceNs: Float64Array;

  constructor(vcpus: number) {
    this.spent = Array.from({length: vcpus}, () => ({run: 0, handler: 0, sleep: 0, halt: 0, idle: 0, dead: 0}));
    this.state = Array.from({length: vcpus}, () => 'idle');
    this.sinceNs = new Float64Array(vcpus);
  }

  /** The number of outstanding tokens, of all vCPUs, changes by one. */
  changeOutstanding(by: 1 | -1, timeNs: number): void {
    this.outstandingTime.addProduct(this.outstanding, Math.max(0, timeNs - this.outstandingSinceNs));
    this.outstandingSinceNs = timeNs;
    this.outstanding += by;
  }

  /** From here on the vCPU is in a state. */
  enter(vcpu: number, state: TimeState, timeNs: number): void {
    if (this.state[vcpu] === state) return;
    this.spent[vcpu][this.state[vcpu]] += timeNs - this.sinceNs[vcpu];
    this.state[vcpu] = state;
    this.sinceNs[vcpu] = timeNs;
  }

  /** The run ends: what is under way is counted up to here. */
  close(endNs: number): void {
    this.outstandingTime.addProduct(this.outstanding, Math.max(0, endNs - this.outstandingSinceNs));
    this.outstandingSinceNs = endNs;
    for (const [vcpu, state] of this.state.entries()) {
      this.spent[vcpu][state] += endNs - this.sinceNs[vcpu];
      this.sinceNs[vcpu] = endNs;
    }
  }

  /** ns that a vCPU has spent in each state. */
  spentOf(vcpu: number): Readonly<Record<TimeState, number>> {
    return this.spent[vcpu];
  }
}
