import {type RunFigures, RunMeter} from '../measure/run-figures.js';
import {type ProtocolName, protocolNames} from '../protocol/protocols.js';
import type {LoadedScenario} from '../scenario/load.js';
import {type RecordProgress, type RecordResult, record} from './record.js';

export interface CompareOptions {
  /** The scenario as each protocol runs it. */
  load: (protocol: ProtocolName) => Promise<LoadedScenario>;
  /** As of `record`. */
  limitEvents: number | null;
  /** Ends the run that is under way, and begins no other. */
  signal: AbortSignal | null;
  onProgress: ((protocol: ProtocolName, progress: RecordProgress) => void) | null;
}

/** One protocol's run of the scenario. */
export interface ComparedRun {
  protocol: ProtocolName;
  name: string;
  seed: number;
  /** Keys of the scenario that this protocol does not read. */
  leftOut: readonly string[];
  result: RecordResult;
  figures: RunFigures;
}

/**
 * Runs one scenario under every protocol, in the order of the table: the same seed and so the same accesses of each
 * task, and the same time for the n-th I/O of each page. No trace is written.
 * @throws what loading the scenario and `record` throw
 */
export async function compare(options: CompareOptions): Promise<ComparedRun[]> {
  // All are loaded before the first runs: what is wrong with one should not be told after a minute.
  const loaded: LoadedScenario[] = [];
  for (const protocol of protocolNames) loaded.push(await options.load(protocol));
  const runs: ComparedRun[] = [];
  for (const [i, protocol] of protocolNames.entries()) {
    runs.push(await runOne(protocol, loaded[i], options));
    if (options.signal?.aborted) break;
  }
  return runs;
}

async function runOne(protocol: ProtocolName, loaded: LoadedScenario, options: CompareOptions): Promise<ComparedRun> {
  const {scenario, files, leftOut} = loaded;
  const observer = new RunMeter(protocol, scenario.vcpus);
  const {limitEvents, signal, onProgress} = options;
  const result = await record({
    scenario,
    files,
    output: null,
    limitEvents,
    accessesAll: false,
    observer,
    signal,
    onProgress: onProgress === null ? null : (progress) => onProgress(protocol, progress),
  });
  return {
    protocol,
    name: scenario.name,
    seed: scenario.seed,
    leftOut,
    result,
    figures: observer.figures(result.timeNs),
  };
}
