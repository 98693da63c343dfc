import {setImmediate as breathe} from 'node:timers/promises';
import {newRow} from '../protocol/row.js';
import {engineConfigOfTrace, protocolOf} from '../scenario/engine-config.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {timeBounds} from '../scenario/time-bounds.js';
import {RowCursor} from '../trace/decode/row-cursor.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import {type ReadProgress, verifyCompressed} from '../trace/decode/verify-compressed.js';
import {endedCut} from '../trace/schema.js';
import {type InvariantEntry, loadRules} from './checker.js';
import type {CheckReport, Violation} from './report.js';

export interface CheckedTrace {
  /** Rows read. */
  events: number;
  /** All that the protocol has. */
  invariants: readonly InvariantEntry[];
  report: CheckReport;
  /** The first violation of each invariant, with the rows that prove it. */
  firsts: {violation: Violation; proof: Float64Array[]}[];
}

export interface CheckOptions {
  /** Ends the check between rows; what was read is then judged as an incomplete trace. */
  signal: AbortSignal | null;
  onProgress: ((progress: ReadProgress) => void) | null;
}

/** Rows between two looks at the outside. */
const rowsPerBreath = 1 << 17;

/**
 * Judges a trace by the invariants of its protocol, in one pass and bounded memory; then fetches the rows that prove
 * the first violation of each.
 * @throws ApfError badData when a batch is damaged, or the scenario in the metadata is none
 */
export async function checkTrace(reader: TraceReader, options: CheckOptions): Promise<CheckedTrace> {
  const {invariants, createChecker} = await loadRules(protocolOf(reader));
  const {scenario} = reader.metadata;
  const bounds = timeBounds(scenario as ResolvedScenario);
  const checker = createChecker({...engineConfigOfTrace(scenario, reader.path), ...bounds});
  await verifyCompressed(reader, options);
  const cursor = new RowCursor(reader);
  const row = newRow();
  let events = 0;
  let isWhole = reader.complete && reader.end?.ended !== endedCut;
  while (cursor.next(row)) {
    checker.row(row);
    events++;
    if (events % rowsPerBreath !== 0) continue;
    options.onProgress?.({events, eventsMax: reader.rows});
    await breathe();
    if (options.signal?.aborted) {
      isWhole = false;
      break;
    }
  }
  const end = isWhole && reader.end !== null ? {endNs: reader.end.endNs, stuck: reader.end.ended === 'stuck'} : {};
  const report = checker.finish({complete: isWhole && endsWhole(reader), ...end});
  const firsts = report.violations
    .filter(({invariant}, index, all) => all.findIndex((other) => other.invariant === invariant) === index)
    .map((violation) => ({violation, proof: violation.rows.map((seq) => rowAt(reader, seq))}));
  return {events, invariants, report, firsts};
}

/** A recording that `--limit-events` ended may stop inside a step, and is not to be judged as if it had ended. */
function endsWhole({batches, rows}: TraceReader): boolean {
  return batches.at(-1)?.stateSeq === rows - 1;
}

function rowAt(reader: TraceReader, seq: number): Float64Array {
  const cursor = new RowCursor(reader);
  const row = newRow();
  cursor.seek(seq);
  cursor.next(row);
  return row;
}
