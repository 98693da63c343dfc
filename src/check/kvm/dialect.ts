import type {KindName} from '../../protocol/kinds.js';
import type {InvariantEntry} from '../checker.js';
import type {Model, Vcpu} from './model.js';

/** What a rule reads: the model, which it may change, and the row. */
export type Rule = (model: Model, row: Float64Array) => void;

/** Under which number each rule that both Linux protocols share stands in the list of one of them. */
export interface Ids {
  /** An access faults or goes through as its page's state says. */
  readonly access: string;
  /** When page-not-present may be injected. */
  readonly gates: string;
  /** The word that says page-not-present is 0 before the host writes it. */
  readonly word: string;
  /** Tokens: their form, and that they were allocated. */
  readonly token: string;
  /** At most N items are queued. */
  readonly limit: string;
  /** A page is queued at most once for a vCPU. */
  readonly dedup: string;
  /** Items leave in the order in which they were done. */
  readonly order: string;
  /** An item is queued, then done, then resolved, each once. */
  readonly once: string;
  /** READY for what the guest was told of; no dummy stays. */
  readonly inject: string;
  /** The guest reads what the host wrote of one event. */
  readonly read: string;
  /** When READY may be taken. */
  readonly taken: string;
  /** Each attempt has its one answer. */
  readonly answer: string;
  /** What ends an artificial halt. */
  readonly halt: string;
  /** A vCPU that does not run does nothing. */
  readonly held: string;
  readonly killed: string;
  /** A sleeper neither runs nor sleeps twice. */
  readonly parked: string;
  /** READY wakes its sleeper. */
  readonly wake: string;
  /** No fault again without an eviction. */
  readonly refault: string;
  /** A sleep in the host ends with its page. */
  readonly sleepEnds: string;
}

/** What one of the Linux protocols has beyond what both share. */
export interface Dialect {
  readonly ids: Ids;
  readonly invariants: readonly InvariantEntry[];
  /** The TPR gates READY, which comes through the LAPIC. */
  readonly tprGatesReady: boolean;
  /** Rows that the shared rules do not read, or read otherwise. */
  readonly rules: Readonly<Partial<Record<KindName, Rule>>>;
  /** The host takes an item from its queue: whether it may, and what it owes for it. */
  onResolved(model: Model, v: Vcpu): void;
  /** The end of a step in which something about READY may have changed on the vCPU. */
  endStep(model: Model, v: Vcpu): void;
  /** The READY handler returns. */
  onReadyReturns(model: Model, v: Vcpu): void;
}
