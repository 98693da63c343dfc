import {isProtocol} from '../protocol/protocols.js';
import type {RowSink} from '../protocol/row.js';
import type {CheckerConfig} from './config.js';
import type {CheckReport} from './report.js';

/** What must never happen; what must happen in the end, within its bound; what a run may or may not come to. */
export type InvariantClass = 'always' | 'eventually' | 'sometimes';

export interface InvariantEntry {
  readonly id: string;
  readonly class: InvariantClass;
  readonly sentence: string;
}

/** How a trace ended. */
export interface CheckEnd {
  /** False: the trace was cut, maybe inside a step; what is merely unfinished is no violation. */
  complete: boolean;
  /** Virtual time of the end, ns; the last row's if it is left out. */
  endNs?: number;
  /** True: nothing could happen any more, so that what is unfinished stays so for ever. */
  stuck?: boolean;
}

/** The rules' own reading of a run: give it every row in order, then `finish`. */
export interface Checker extends RowSink {
  /** @throws ApfError badData when a row names a vCPU or task that the scenario does not have */
  row(row: Float64Array): void;
  /** A rule has been broken by the rows so far: a driver may stop there. */
  readonly broken: boolean;
  /** The report; call once, after the last row. */
  finish(end: CheckEnd): CheckReport;
}

/** What the module `check/<protocol>/rules.ts` exports as `rules`. */
export interface ProtocolRules {
  readonly invariants: readonly InvariantEntry[];
  createChecker(config: CheckerConfig): Checker;
}

/** Loads the rules of one protocol; the folder has its name. */
export async function loadRules(protocol: string): Promise<ProtocolRules> {
  if (!isProtocol(protocol)) throw new Error(`apf is wrong here: no protocol ${protocol}`);
  return (await import(/* @vite-ignore */ `./${protocol}/rules.js`)).rules;
}
