import {setImmediate as breathe} from 'node:timers/promises';
import {loadPort} from '../engine/load.js';
import {createState} from '../engine/state.js';
import {step} from '../engine/step.js';
import {Kind, kindNames} from '../protocol/kinds.js';
import {newRow, Row, type RowSink} from '../protocol/row.js';
import {behaviourVersion} from '../protocol/version.js';
import {engineConfig} from '../scenario/engine-config.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {TraceWriter} from '../trace/encode/trace-writer.js';
import {type Compression, formatVersion} from '../trace/schema.js';
import type {EndReason} from '../world/parts.js';
import type {WaitReport} from '../world/stuck.js';
import {Workload} from '../world/workload.js';
import {Next, World} from '../world/world.js';

export interface RecordOptions {
  scenario: ResolvedScenario;
  /** The path of the trace of each task group that has one, by the group's index. */
  files: ReadonlyMap<number, string>;
  /** Where the trace goes; null: nowhere, the rows are only counted. */
  output: string | null;
  /** Of the trace; default none. */
  compression?: Compression;
  /** Rows after which the recording ends, even inside a step, as by `until`; null: no limit. */
  limitEvents: number | null;
  /** Accesses that hit are choices and rows too. */
  accessesAll: boolean;
  /** Sees every row that is recorded. */
  observer?: RowSink;
  /** Ends the recording cleanly at the next whole step. */
  signal: AbortSignal | null;
  /** Called now and then, between steps. */
  onProgress: ((progress: RecordProgress) => void) | null;
}

export interface RecordProgress {
  events: number;
  faults: number;
  timeNs: number;
}

export interface RecordResult {
  events: number;
  /** Rows of each kind, in the order of the dictionary. */
  counts: Record<string, number>;
  timeNs: number;
  /** Accesses that went through or were given up, also those that found their page present. */
  accesses: number;
  ended: EndReason | 'interrupted';
  /** Of the trace; null when none was written. */
  digest: string | null;
  /** What everyone waits for, when the run is stuck. */
  waits: WaitReport[];
}

/** Steps between two looks at the outside: progress, whether to stop, and what other threads have done for the writer. */
const stepsPerBreath = 1 << 13;

/**
 * Records one run: the world decides, the engine acts, the rows go to the trace.
 * @throws ApfError io when the trace cannot be written, badData when a workload cannot be read
 */
export async function record(options: RecordOptions): Promise<RecordResult> {
  const {scenario} = options;
  const config = engineConfig(scenario);
  const state = createState(config, await loadPort(scenario.protocol, config));
  const workload = new Workload(scenario, options.files);
  const world = new World(scenario, state, workload, options.accessesAll);
  const writer = options.output === null ? null : openWriter(options.output, scenario, options.compression);
  const recorder = new Recorder(
    world,
    writer,
    options.observer ?? null,
    options.limitEvents ?? Number.POSITIVE_INFINITY,
  );
  const choice = newRow();
  let interrupted = false;
  try {
    for (let steps = 1; ; steps++) {
      if (recorder.full) break;
      const next = world.next(choice);
      if (next === Next.end) break;
      if (next === Next.choice) {
        step(state, choice, recorder);
        if (!recorder.isCut) writer?.endStep(state.hashLow, state.hashHigh);
        if (writer?.isBehind) await writer.caughtUp();
      } else if (next === Next.readOn) {
        await world.readOn();
      }
      if (steps % stepsPerBreath === 0 || next === Next.pause) {
        options.onProgress?.({events: recorder.events, faults: world.answered, timeNs: world.nowNs});
        await breathe();
        interrupted = options.signal?.aborted ?? false;
        if (interrupted) break;
      }
    }
  } finally {
    await workload.close();
  }
  // Rows beyond the limit did not happen: what ended the run among them is not how the recording ended.
  const ended = interrupted ? 'interrupted' : recorder.isCut ? 'until' : (world.ended ?? 'until');
  const timeNs = recorder.full ? recorder.timeNs : world.nowNs;
  await writer?.caughtUp();
  const digest = writer?.finish({ended, endNs: timeNs}) ?? null;
  const waits = ended === 'stuck' ? world.waits() : [];
  const {events, counts} = recorder;
  return {events, counts: byKind(counts), timeNs, accesses: world.accesses, ended, digest, waits};
}

function openWriter(output: string, scenario: ResolvedScenario, compression: Compression = 'none'): TraceWriter {
  const {protocol, seed} = scenario;
  const metadata = {format: formatVersion, behaviour: behaviourVersion, protocol, seed, scenario};
  return new TraceWriter(output, metadata, {inBackground: true, compression});
}

/** Gives every row to the world, which learns from it, and to the trace, until the trace is full. */
class Recorder implements RowSink {
  events = 0;
  /** Of the last row recorded, ns. */
  timeNs = 0;
  /** The limit fell inside a step. */
  isCut = false;
  /** Rows by kind. */
  readonly counts = new Float64Array(kindNames.length);

  constructor(
    private readonly world: World,
    private readonly writer: TraceWriter | null,
    private readonly observer: RowSink | null,
    private readonly eventsMax: number,
  ) {}

  get full(): boolean {
    return this.events >= this.eventsMax;
  }

  row(row: Float64Array): void {
    this.world.observe(row);
    if (this.full) {
      this.isCut = true;
      return;
    }
    this.events++;
    this.timeNs = row[Row.time];
    this.counts[row[Row.kind]]++;
    if (this.observer !== null) this.observer.row(row);
    if (this.writer !== null) this.writer.row(row);
  }
}

function byKind(counts: Float64Array): Record<string, number> {
  return Object.fromEntries(kindNames.map((name) => [name, counts[Kind[name]]]));
}
