import {setImmediate as breathe} from 'node:timers/promises';
import {Latencies, type Percentiles} from '../measure/latencies.js';
import {kindNames} from '../protocol/kinds.js';
import {newRow, Row, rowFields} from '../protocol/row.js';
import {RowCursor} from '../trace/decode/row-cursor.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import {type ReadProgress, verifyCompressed} from '../trace/decode/verify-compressed.js';
import type {TraceEnd} from '../trace/schema.js';
import {differingKeys, type ScenarioDifference} from './scenario-keys.js';

/** The first rows that are not the same, with those around them. */
export interface RowDifference {
  seq: number;
  /** The batch of a that it is in, or would be in. */
  batch: number;
  /** Some rows before `seq`, which are the same in both, then those from `seq` on; none from there when it has ended. */
  a: Float64Array[];
  b: Float64Array[];
}

export interface TraceSummary {
  events: number;
  /** Rows of each kind, in the order of `kindNames`. */
  counts: Float64Array;
  /** From fault to retire, ns. */
  latency: Percentiles;
}

export interface TraceDiff {
  /** Every row, the states that stand with the batches, and the end. */
  same: boolean;
  /** null: every row is the same. */
  difference: RowDifference | null;
  /** The first batch after which the engine's state differs though the rows are the same; null: none. */
  stateBatch: number | null;
  /** How each recording ended, when that differs; null: in the same way, at the same time. */
  ends: {a: TraceEnd | null; b: TraceEnd | null} | null;
  scenario: ScenarioDifference[];
  a: TraceSummary;
  b: TraceSummary;
}

export interface DiffOptions {
  /** Called now and then with the rows read so far of the longer trace. */
  onProgress: ((progress: ReadProgress) => void) | null;
}

/** Rows shown before and after the first that differs. */
const contextRows = 3;

const rowsPerBreath = 1 << 16;

/**
 * Compares two traces row by row, in one pass over each, after one more that verifies those that are compressed.
 * @throws ApfError badData when a batch is damaged
 */
export async function diffTraces(a: TraceReader, b: TraceReader, options: DiffOptions): Promise<TraceDiff> {
  const scenario = differingKeys(a.metadata.scenario, b.metadata.scenario);
  await verifyCompressed(a, options);
  await verifyCompressed(b, options);
  const left = new Side(a);
  const right = new Side(b);
  const finder = new DifferenceFinder(left, right, a.rowsPerBatch);
  const eventsMax = Math.max(a.rows, b.rows);
  for (let rows = 1; left.next() | right.next(); rows++) {
    finder.compare();
    if (rows % rowsPerBreath !== 0) continue;
    options.onProgress?.({events: rows, eventsMax});
    await breathe();
  }
  const difference = finder.difference();
  const stateBatch = difference === null ? differingState(a, b) : null;
  const sameEnd = a.end?.ended === b.end?.ended && a.end?.endNs === b.end?.endNs;
  const ends = sameEnd ? null : {a: a.end, b: b.end};
  const same = difference === null && stateBatch === null && ends === null;
  return {same, difference, stateBatch, ends, scenario, a: left.summary(), b: right.summary()};
}

/** Batches cut alike, of the same rows: the first whose state is not the same; null: none, or not comparable. */
function differingState(a: TraceReader, b: TraceReader): number | null {
  if (a.rowsPerBatch !== b.rowsPerBatch) return null;
  const index = a.batches.findIndex(
    ({stateSeq, stateHash}, i) => stateSeq === b.batches[i]?.stateSeq && stateHash !== b.batches[i].stateHash,
  );
  return index < 0 ? null : index;
}

/** One of the two traces, and what is learned of it on the way. */
class Side {
  readonly row = newRow();
  /** 1: `row` is the current one; 0: the trace has ended. */
  has: 0 | 1 = 1;
  private events = 0;
  private readonly cursor: RowCursor;
  private readonly counts = new Float64Array(kindNames.length);
  private readonly latencies = new Latencies();

  constructor(reader: TraceReader) {
    this.cursor = new RowCursor(reader);
  }

  next(): 0 | 1 {
    if (this.has === 0 || !this.cursor.next(this.row)) {
      this.has = 0;
      return 0;
    }
    this.events++;
    this.counts[this.row[Row.kind]]++;
    this.latencies.add(this.row);
    return 1;
  }

  summary(): TraceSummary {
    return {events: this.events, counts: this.counts, latency: this.latencies.percentiles()};
  }
}

/** Holds the rows of both sides against each other until they differ, and keeps those around that place. */
class DifferenceFinder {
  private equalRows = 0;
  private isFound = false;
  /** The last rows found equal, a ring. */
  private readonly before = Array.from({length: contextRows}, newRow);
  private readonly afterA: Float64Array[] = [];
  private readonly afterB: Float64Array[] = [];

  constructor(
    private readonly a: Side,
    private readonly b: Side,
    private readonly rowsPerBatch: number,
  ) {}

  compare(): void {
    if (!this.isFound && this.isSame()) {
      this.before[this.equalRows % contextRows].set(this.a.row);
      this.equalRows++;
      return;
    }
    this.isFound = true;
    if (this.a.has === 1 && this.afterA.length <= contextRows) this.afterA.push(this.a.row.slice());
    if (this.b.has === 1 && this.afterB.length <= contextRows) this.afterB.push(this.b.row.slice());
  }

  difference(): RowDifference | null {
    if (!this.isFound) return null;
    const seq = this.equalRows;
    const before: Float64Array[] = [];
    for (let i = Math.max(0, seq - contextRows); i < seq; i++) before.push(this.before[i % contextRows]);
    const batch = Math.floor(seq / this.rowsPerBatch);
    return {seq, batch, a: [...before, ...this.afterA], b: [...before, ...this.afterB]};
  }

  private isSame(): boolean {
    if (this.a.has !== this.b.has) return false;
    const left = this.a.row;
    const right = this.b.row;
    for (let field = 0; field < rowFields; field++) if (left[field] !== right[field]) return false;
    return true;
  }
}
