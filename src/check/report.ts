import type {InvariantEntry} from './checker.js';

/** Two ways to count the same thing. Integers; Little's law sums token nanoseconds past 2^53. */
export interface Identity {
  name: string;
  /** What is equal to what, in words. */
  sentence: string;
  left: bigint;
  right: bigint;
  holds: boolean;
}

export interface Violation {
  /** Which invariant is broken, as 'AL-S5'. */
  invariant: string;
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
  /** How often the premise of each invariant was met, by its id: zero says that nothing was tested. */
  reached: Record<string, number>;
  /** Sums over the run that must be equal. */
  identities: Identity[];
}

/** Violations kept: a run that breaks a rule once tends to break it for ever. */
export const violationsMax = 1000;

/** Collects what the rules find; knows which row is being read. */
export class Reporter {
  readonly violations: Violation[] = [];
  readonly reached: Record<string, number>;
  total = 0;
  seq = 0;
  timeNs = 0;

  constructor(invariants: readonly InvariantEntry[]) {
    this.reached = Object.fromEntries(invariants.map(({id}) => [id, 0]));
  }

  /** The premise of an invariant was met. */
  reach(id: string): void {
    this.reached[id]++;
  }

  /** @param proof seqs of earlier rows that prove it with the row being read; negative ones are left out */
  violate(invariant: string, message: string, ...proof: number[]): void {
    this.total++;
    if (this.violations.length >= violationsMax) return;
    const rows = [...new Set([...proof.filter((seq) => seq >= 0), this.seq])].sort((a, b) => a - b);
    this.violations.push({invariant, seq: this.seq, timeNs: this.timeNs, message, rows});
  }
}
