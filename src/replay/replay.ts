import {setImmediate as breathe} from 'node:timers/promises';
import {enabled} from '../engine/enabled.js';
import {loadPort} from '../engine/load.js';
import {createState, type EngineState} from '../engine/state.js';
import {step} from '../engine/step.js';
import {newRow, Row, type RowSink, rowFields} from '../protocol/row.js';
import {engineConfigOfTrace, protocolOf} from '../scenario/engine-config.js';
import {RowCursor} from '../trace/decode/row-cursor.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import {type ReadProgress, verifyCompressed} from '../trace/decode/verify-compressed.js';

/** The first place at which a replay is not what was recorded. */
export interface ReplayDifference {
  seq: number;
  /** A row differs or is missing; the recorded choice cannot happen; the state after the last step of a batch differs. */
  what: 'row' | 'not_enabled' | 'state';
  /** The rows around `seq`, as recorded and as replayed. */
  recorded: Float64Array[];
  replayed: Float64Array[];
}

export interface ReplayResult {
  /** Rows replayed and found equal. */
  events: number;
  /** The trace is whole. */
  complete: boolean;
  /** Virtual time of the last row replayed, ns. */
  timeNs: number;
  difference: ReplayDifference | null;
}

export interface ReplayOptions {
  /** Ends the replay between steps. */
  signal: AbortSignal | null;
  onProgress: ((progress: ReadProgress & {timeNs?: number}) => void) | null;
}

/** Rows shown before and after the first that differs. */
const contextRows = 3;

const stepsPerBreath = 1 << 15;

/**
 * Runs the engine on a trace's choices and compares every row, and the state at the end of each batch. A trace that
 * ends inside a step ends the replay there, without a difference.
 * @throws ApfError badData when a batch is damaged, before the first step if the trace is compressed, or when the scenario
 * in the metadata is none
 */
export async function replay(reader: TraceReader, options: ReplayOptions): Promise<ReplayResult> {
  const config = engineConfigOfTrace(reader.metadata.scenario, reader.path);
  const state = createState(config, await loadPort(protocolOf(reader), config));
  await verifyCompressed(reader, options);
  const comparer = new Comparer(new RowCursor(reader));
  const batchEnds = new StateChecks(reader);
  const choice = newRow();
  let difference: ReplayDifference | null = null;
  for (let steps = 1; comparer.peek(); steps++) {
    choice.set(comparer.recorded); // its own register: the comparer reads on while the engine steps
    if (choice[Row.choice] !== 1 || !enabled(state, choice)) {
      difference = comparer.describe('not_enabled');
      break;
    }
    step(state, choice, comparer);
    if (comparer.differs) {
      difference = comparer.describe('row');
      break;
    }
    if (!comparer.endedInside && !batchEnds.agree(state)) {
      difference = comparer.describe('state');
      break;
    }
    if (steps % stepsPerBreath === 0) {
      options.onProgress?.({events: comparer.equalRows, eventsMax: reader.rows, timeNs: state.timeNs});
      await breathe();
      if (options.signal?.aborted) break;
    }
  }
  return {events: comparer.equalRows, complete: reader.complete, timeNs: state.timeNs, difference};
}

/** Takes the rows that the engine writes and holds each against the recorded one. */
class Comparer implements RowSink {
  /** The recorded row to which the next replayed one must be equal. */
  readonly recorded = newRow();
  equalRows = 0;
  differs = false;
  /** The recording ended before the step did. */
  endedInside = false;
  private peeked = false;
  private readonly replayed: Float64Array[] = [];
  /** The last rows found equal, a ring. */
  private readonly before = Array.from({length: contextRows}, newRow);

  constructor(private readonly cursor: RowCursor) {}

  /** Looks at the next recorded row; false after the last. */
  peek(): boolean {
    if (!this.peeked) this.peeked = this.cursor.next(this.recorded);
    return this.peeked;
  }

  row(row: Float64Array): void {
    if (this.differs) {
      if (this.replayed.length <= contextRows) this.replayed.push(row.slice());
      return;
    }
    if (!this.peek()) {
      this.endedInside = true;
      return;
    }
    for (let field = 0; field < rowFields; field++) {
      if (row[field] === this.recorded[field]) continue;
      this.differs = true;
      this.replayed.push(row.slice());
      return;
    }
    this.before[this.equalRows % contextRows].set(row);
    this.equalRows++;
    this.peeked = false;
  }

  describe(what: ReplayDifference['what']): ReplayDifference {
    const before = [];
    for (let i = Math.max(0, this.equalRows - contextRows); i < this.equalRows; i++) {
      before.push(this.before[i % contextRows].slice());
    }
    const recorded = [...before];
    for (let i = 0; i <= contextRows && this.peek(); i++) {
      recorded.push(this.recorded.slice());
      this.peeked = false;
    }
    return {seq: this.equalRows, what, recorded, replayed: [...before, ...this.replayed]};
  }
}

/** The state hashes that stand with the batches: each is held against the state after the step it names. */
class StateChecks {
  private batch = 0;

  constructor(private readonly reader: TraceReader) {}

  /** Whether the state is as recorded, if the step that just ended is one whose state was. */
  agree(state: EngineState): boolean {
    const {batches} = this.reader;
    for (; this.batch < batches.length; this.batch++) {
      const {stateSeq, stateHash} = batches[this.batch];
      if (stateSeq === null) continue; // no step had ended yet
      if (stateSeq >= state.seq) return true;
      // One that was passed over stands in the middle of a step, where no state is recorded.
      if (stateSeq < state.seq - 1 || stateHash !== hashOf(state)) return false;
    }
    return true;
  }
}

function hashOf(state: EngineState): string {
  return state.hashHigh.toString(16).padStart(8, '0') + state.hashLow.toString(16).padStart(8, '0');
}
