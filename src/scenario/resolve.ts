import {type CostName, costTable} from '../protocol/costs.js';
import {type OptionEntry, optionTable} from '../protocol/options.js';
import {checkStorm, checkTimePasses} from './checks.js';
import {maxNs} from './distribution.js';
import {exponential, exponentialMeanNsMax, type QuantilePoint, quantiles} from './distribution-build.js';
import {type KeyPath, ScenarioProblem} from './problem.js';
import type {Distribution, ResolvedScenario, TaskGroup} from './resolved.js';
import type {ParsedScenario, ParsedTaskGroup} from './schema.js';

/** What stands in the files that a scenario names. */
export interface ScenarioFiles {
  /** The distribution of the log that host.io.latency names; null when it names none. */
  latencyLog: Distribution | null;
  /** Base name and SHA-256 of the trace of each group that has one, by the group's index. */
  traces: ReadonlyMap<number, {file: string; sha256: string}>;
}

/**
 * Completes a scenario that checkParsed has accepted.
 * @param defaultName the name of a scenario that has none
 * @throws ScenarioProblem at the first key that is wrong
 */
export function resolveScenario(parsed: ParsedScenario, files: ScenarioFiles, defaultName: string): ResolvedScenario {
  const {until, guest} = parsed;
  const off = guest['interrupts-off'];
  const resolved: ResolvedScenario = {
    name: parsed.name ?? defaultName,
    description: parsed.description,
    protocol: parsed.protocol,
    seed: parsed.seed,
    vcpus: parsed.vcpus,
    tokens: parsed.tokens,
    until: {time: until.time ?? null, faults: until.faults ?? null, accesses: until.accesses ?? null},
    host: resolveHost(parsed, files),
    guest: {
      tasks: guest.tasks.map((group, i) => resolveGroup(group, i, parsed, files)),
      scheduler: {policy: guest.scheduler.policy, slice: guest.scheduler.slice},
      'interrupts-off':
        off === undefined
          ? null
          : {every: off.every ?? null, for: off.for ?? null, probability: off.probability ?? 0, by: off.by},
      nmi: guest.nmi === undefined ? null : {every: guest.nmi.every, touches: guest.nmi.touches, at: guest.nmi.at},
      devices: guest.devices === undefined ? null : {every: guest.devices.every},
      wait: guest.wait,
    },
    costs: resolveCosts(parsed.costs),
    options: resolveOptions(parsed),
    misbehave: parsed.misbehave.map(({party, bug, after}) => ({party, bug, after})),
  };
  checkStorm(resolved);
  checkTimePasses(resolved, (distribution) => maxNs(distribution) === 0);
  return resolved;
}

function resolveOptions({protocol, options}: ParsedScenario): ResolvedScenario['options'] {
  const read = (optionTable as readonly OptionEntry[]).filter(({protocols}) => protocols.includes(protocol));
  return Object.fromEntries(read.map(({name, values}) => [name, String(options[name] ?? values[0])]));
}

function resolveHost({host}: ParsedScenario, files: ScenarioFiles): ResolvedScenario['host'] {
  const {memory, io, failures} = host;
  return {
    memory: {
      pages: memory.pages,
      resident: memory.resident ?? memory.pages,
      initially: memory.initially,
      replacement: memory.replacement,
    },
    io: {
      latency: resolveDistribution(io.latency, ['host', 'io', 'latency'], files.latencyLog),
      channels: io.channels,
      start: io.start,
    },
    failures: {pages: [...new Set(failures.pages)].sort((a, b) => a - b), rate: failures.rate},
    recovery: host.recovery,
  };
}

function resolveGroup(group: ParsedTaskGroup, index: number, {host}: ParsedScenario, files: ScenarioFiles): TaskGroup {
  const {accesses} = group;
  const common = {name: group.name ?? `tasks-${index}`, count: group.count, vcpu: group.vcpu, mode: group.mode};
  const trace = files.traces.get(index);
  if ('trace' in accesses && trace !== undefined) {
    const {format, instruction} = accesses;
    return {...common, compute: {constant: 0}, accesses: {trace: {...trace}, format, instruction}};
  }
  if ('trace' in accesses) throw new Error(`apf is wrong here: the trace of group ${index} was not read`);
  return {
    ...common,
    compute: resolveDistribution(group.compute ?? defaultComputeNs, ['guest', 'tasks', index, 'compute'], null),
    accesses: {
      pattern: accesses.pattern,
      pages: accesses.pages ?? host.memory.pages,
      skew: accesses.skew,
      count: accesses.count ?? null,
    },
  };
}

const defaultComputeNs = 10_000;

function resolveDistribution(
  parsed: number | Record<string, number> | {exponential: number} | {log: string},
  path: KeyPath,
  log: Distribution | null,
): Distribution {
  if (typeof parsed === 'number') return {constant: parsed};
  if ('log' in parsed) {
    if (log === null) throw new Error('apf is wrong here: the latency log was not read');
    return log;
  }
  if (!('exponential' in parsed)) return quantiles(quantilePoints(parsed, path));
  if (parsed.exponential > exponentialMeanNsMax) {
    throw new ScenarioProblem(
      [...path, 'exponential'],
      `found ${parsed.exponential}ns, expected at most ${exponentialMeanNsMax}ns`,
    );
  }
  return exponential(parsed.exponential);
}

/** Orders the keys p0 … p100, and checks that longer durations stand at greater ones. */
function quantilePoints(map: Record<string, number>, path: KeyPath): QuantilePoint[] {
  const points = Object.entries(map)
    .map(([key, valueNs]) => ({key, valueNs, remaining: remainingOf(key)}))
    .sort((a, b) => b.remaining - a.remaining);
  for (const [needed, remaining] of [
    ['p0', 1],
    ['p100', 0],
  ] as const) {
    if (!points.some((point) => point.remaining === remaining)) {
      throw new ScenarioProblem([...path, needed], 'found nothing, expected a duration: quantiles need p0 and p100');
    }
  }
  for (let i = 1; i < points.length; i++) {
    const {key, valueNs, remaining} = points[i];
    const before = points[i - 1];
    if (remaining === before.remaining) {
      throw new ScenarioProblem([...path, key], `found ${before.key} too, expected one key for each quantile`);
    }
    if (valueNs < before.valueNs) {
      throw new ScenarioProblem(
        [...path, key],
        `found ${valueNs}ns, expected at least that of ${before.key}, ${before.valueNs}ns`,
      );
    }
  }
  return points;
}

/** The probability above a quantile: of p99.9, 0.001. From the digits, so that p99.99 loses nothing to 1 - 0.9999. */
function remainingOf(key: string): number {
  const [whole, fraction = ''] = key.slice(1).split('.');
  let scale = 100;
  for (let i = 0; i < fraction.length; i++) scale *= 10;
  return (scale - Number(whole + fraction)) / scale;
}

function resolveCosts(costs: ParsedScenario['costs']): ResolvedScenario['costs'] {
  const ns = (name: CostName) => {
    if (costs === 'none') return 0;
    return costs === 'realistic' ? costTable[name].realisticNs : costs[name];
  };
  return {
    delivery: ns('delivery'),
    step: ns('step'),
    switch: ns('switch'),
    interrupt: ns('interrupt'),
    hypercall: ns('hypercall'),
  };
}
