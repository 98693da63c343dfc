import {type InvariantId, invariantTable, type RuleId, ruleIds} from '../protocol/invariants.js';
import type {Identity} from './identities.js';

export interface Violation {
  /** Which invariant is broken, as 'AL-S5'. */
  invariant: InvariantId;
  /** The row at which it shows. */
  seq: number;
  timeNs: number;
  /** What was found and what was expected, with values. */
  message: string;
  /** Seqs of the rows that prove it, in order. */
  rows: number[];
}

export interface CheckReport {
  /** In the order of the trace; at most `violationsMax` are kept. */
  violations: Violation[];
  /** How many there are, kept or not. */
  violationsTotal: number;
  /** How often each invariant's premise was met, and how often each rule was exercised: zero says nothing was tested. */
  reached: Record<InvariantId | RuleId, number>;
  /** Sums over the run that must be equal. */
  identities: Identity[];
}

/** Violations kept: a run that breaks a rule once tends to break it for ever. */
export const violationsMax = 1000;

/** Collects what the rules find; knows which row is being read. */
export class Reporter {
  readonly violations: Violation[] = [];
  readonly reached: Record<InvariantId | RuleId, number>;
  total = 0;
  seq = 0;
  timeNs = 0;

  constructor() {
    const ids = [...invariantTable.map((entry) => entry.id), ...ruleIds];
    this.reached = Object.fromEntries(ids.map((id) => [id, 0])) as Record<InvariantId | RuleId, number>;
  }

  /** The premise of an invariant was met, or a rule exercised. */
  reach(id: InvariantId | RuleId): void {
    this.reached[id]++;
  }

  /** @param proof seqs of earlier rows that prove it with the row being read; negative ones are left out */
  violate(invariant: InvariantId, message: string, ...proof: number[]): void {
    this.total++;
    if (this.violations.length >= violationsMax) return;
    const rows = [...new Set([...proof.filter((seq) => seq >= 0), this.seq])].sort((a, b) => a - b);
    this.violations.push({invariant, seq: this.seq, timeNs: this.timeNs, message, rows});
  }
}
