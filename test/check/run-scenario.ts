import type {CheckEnd} from '../../src/check/checker.js';
import {checkerConfig} from '../../src/check/config.js';
import {PnpChecker} from '../../src/check/pnp/checker.js';
import type {CheckReport} from '../../src/check/report.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {newRow, type RowSink} from '../../src/protocol/row.js';
import {engineConfig} from '../../src/scenario/engine-config.js';
import type {ResolvedScenario, TaskGroup} from '../../src/scenario/resolved.js';
import {Workload} from '../../src/world/workload.js';
import {Next, World} from '../../src/world/world.js';

type Deep<T> = T extends readonly unknown[] ? T : T extends object ? {[K in keyof T]?: Deep<T[K]>} : T;

export type Overrides = Partial<Omit<ResolvedScenario, 'host' | 'guest'>> & {
  host?: Deep<ResolvedScenario['host']>;
  guest?: Deep<ResolvedScenario['guest']>;
};

/** Tasks that compute 10 us between accesses of uniform pages, unless told otherwise. */
export function tasks(count: number, group: Partial<TaskGroup> = {}): TaskGroup {
  return {
    name: 'task',
    count,
    vcpu: 'any',
    mode: 'user',
    compute: {constant: 10_000},
    accesses: {pattern: 'uniform', pages: 64, skew: 0.99, count: null},
    ...group,
  };
}

/** A scenario that ends at 300 faults: 64 pages, 16 of them resident, I/O of 100 us, six tasks, two vCPUs, four tokens. */
export function scenarioOf(overrides: Overrides = {}): ResolvedScenario {
  const {host, guest, ...rest} = overrides;
  return {
    name: 'check',
    description: '',
    protocol: 'pnp',
    seed: 1,
    vcpus: 2,
    tokens: 4,
    until: {time: 1_000_000_000, faults: 300, accesses: null},
    costs: {delivery: 0, step: 0, switch: 0, interrupt: 0, hypercall: 0},
    options: {},
    misbehave: [],
    ...rest,
    host: {
      recovery: 'none',
      ...host,
      memory: {pages: 64, resident: 16, initially: 'absent', replacement: 'lru', ...host?.memory},
      io: {latency: {constant: 100_000}, channels: 'unlimited', start: 'fault', ...host?.io},
      failures: {pages: [], rate: 0, ...host?.failures},
    } as ResolvedScenario['host'],
    guest: {
      tasks: [tasks(6)],
      scheduler: {policy: 'fifo', slice: 1_000_000},
      'interrupts-off': null,
      nmi: null,
      devices: null,
      wait: 'hlt',
      ...guest,
    } as ResolvedScenario['guest'],
  };
}

export interface CheckedRun {
  report: CheckReport;
  ended: string;
  rows: Float64Array[];
}

/** Runs a scenario as a recording does, with the checker in the place of the trace; ends after a step that breaks a rule. */
export function runScenario(scenario: ResolvedScenario, port: ProtocolPort = pnp): CheckedRun {
  const state = createState(engineConfig(scenario), port);
  const workload = new Workload(scenario, new Map());
  const world = new World(scenario, state, workload, false);
  const checker = new PnpChecker(checkerConfig(scenario));
  const rows: Float64Array[] = [];
  const sink: RowSink = {
    row(row) {
      world.observe(row);
      rows.push(row.slice());
      checker.row(row);
    },
  };
  const choice = newRow();
  for (;;) {
    const next = world.next(choice);
    if (next === Next.end || checker.broken) break;
    if (next === Next.choice) step(state, choice, sink);
  }
  const end: CheckEnd = {complete: true, endNs: world.nowNs, stuck: world.ended === 'stuck'};
  return {report: checker.finish(end), ended: world.ended ?? 'none', rows};
}
