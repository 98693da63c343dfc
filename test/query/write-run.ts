import {behaviourVersion} from '../../src/protocol/version.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {formatVersion} from '../../src/trace/schema.js';

/** Writes the rows of a scenario's run as the trace that a recording of it would be. */
export function writeRun(path: string, scenario: ResolvedScenario, rows: readonly Float64Array[], endNs: number): void {
  const {protocol, seed} = scenario;
  const metadata = {format: formatVersion, behaviour: behaviourVersion, protocol, seed, scenario};
  const writer = new TraceWriter(path, metadata);
  for (const row of rows) writer.row(row);
  writer.finish({ended: 'until', endNs});
}
