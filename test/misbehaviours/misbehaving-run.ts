import {loadRules} from '../../src/check/checker.js';
import {checkerConfig} from '../../src/check/config.js';
import type {CheckReport} from '../../src/check/report.js';
import {enabled} from '../../src/engine/enabled.js';
import {loadPort} from '../../src/engine/load.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {Kind} from '../../src/protocol/kinds.js';
import {newRow, Row, type RowSink} from '../../src/protocol/row.js';
import {engineConfig} from '../../src/scenario/engine-config.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {Workload} from '../../src/world/workload.js';
import {Next, World} from '../../src/world/world.js';

export interface MisbehavingRun {
  report: CheckReport;
  rows: Float64Array[];
  ended: string;
  endNs: number;
  /** Seq of the row `misbehave`, or -1: the bug had no opportunity. */
  struckSeq: number;
  hash: [low: number, high: number];
}

/**
 * Records a scenario of any protocol with its bugs in memory, to its end or up to so many rows; the checker is given no
 * `misbehave` row.
 */
export async function runMisbehaving(
  scenario: ResolvedScenario,
  rowsMax = Number.POSITIVE_INFINITY,
): Promise<MisbehavingRun> {
  const config = engineConfig(scenario);
  const state = createState(config, await loadPort(scenario.protocol, config));
  const world = new World(scenario, state, new Workload(scenario, new Map()), false);
  const checker = (await loadRules(scenario.protocol)).createChecker(checkerConfig(scenario));
  const rows: Float64Array[] = [];
  let struckSeq = -1;
  const sink: RowSink = {
    row(row) {
      world.observe(row);
      rows.push(row.slice());
      if (row[Row.kind] === Kind.misbehave) struckSeq = row[Row.seq];
      else checker.row(row);
    },
  };
  const choice = newRow();
  let next = world.next(choice);
  for (; next !== Next.end && rows.length < rowsMax; next = world.next(choice)) {
    if (next === Next.choice) step(state, choice, sink);
  }
  const complete = next === Next.end;
  const report = checker.finish({complete, endNs: world.nowNs, stuck: world.ended === 'stuck'});
  const hash: MisbehavingRun['hash'] = [state.hashLow, state.hashHigh];
  return {report, rows, ended: world.ended ?? 'none', endNs: world.nowNs, struckSeq, hash};
}

/** Takes the choices of a run again, each of which must be possible; the rows that come out, and the state's hash. */
export async function replayRun(
  scenario: ResolvedScenario,
  {rows}: MisbehavingRun,
): Promise<Pick<MisbehavingRun, 'rows' | 'hash'>> {
  const config = engineConfig(scenario);
  const state = createState(config, await loadPort(scenario.protocol, config));
  const replayed: Float64Array[] = [];
  for (const row of rows) {
    if (row[Row.choice] !== 1) continue;
    if (!enabled(state, row)) throw new Error(`row ${row[Row.seq]} cannot happen`);
    step(state, row, {row: (out) => replayed.push(out.slice())});
  }
  const [low, high] = state.hashFromCells();
  if (low !== state.hashLow || high !== state.hashHigh) throw new Error('a cell was written past `put`');
  return {rows: replayed, hash: [low, high]};
}
