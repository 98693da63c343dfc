import type {CheckEnd} from '../../src/check/checker.js';
import {loadRules} from '../../src/check/checker.js';
import {checkerConfig} from '../../src/check/config.js';
import {loadPort} from '../../src/engine/load.js';
import {createState, type EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {newRow, Row, type RowSink} from '../../src/protocol/row.js';
import {engineConfig} from '../../src/scenario/engine-config.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {Workload} from '../../src/world/workload.js';
import {Next, World} from '../../src/world/world.js';
import type {CheckedRun} from './run-scenario.js';

/**
 * Runs a scenario of any protocol as a recording does, with the protocol's rules in the place of the trace. A run that
 * breaks a rule goes on to its end, unless it makes too many rows.
 * @param onStep called after each step, with its time in ns
 */
export async function runProtocol(
  scenario: ResolvedScenario,
  rowsMax = Number.POSITIVE_INFINITY,
  onStep: (state: EngineState, timeNs: number) => void = () => {},
): Promise<CheckedRun> {
  const config = engineConfig(scenario);
  const state = createState(config, await loadPort(scenario.protocol, config));
  const world = new World(scenario, state, new Workload(scenario, new Map()), false);
  const checker = (await loadRules(scenario.protocol)).createChecker(checkerConfig(scenario));
  const rows: Float64Array[] = [];
  const sink: RowSink = {
    row(row) {
      world.observe(row);
      rows.push(row.slice());
      checker.row(row);
    },
  };
  const choice = newRow();
  let next = world.next(choice);
  for (let turns = 0; next !== Next.end && rows.length < rowsMax && turns < rowsMax * 2; turns++) {
    if (next === Next.choice) {
      step(state, choice, sink);
      onStep(state, choice[Row.time]);
    }
    next = world.next(choice);
  }
  const end: CheckEnd = {complete: true, endNs: world.nowNs, stuck: world.ended === 'stuck'};
  return {report: checker.finish(end), ended: world.ended ?? 'none', rows};
}
