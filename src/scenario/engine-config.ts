import {ApfError} from '../base/errors.js';
import type {EngineConfig} from '../protocol/engine-config.js';
import {bounds} from './limits.js';
import type {ResolvedScenario} from './resolved.js';

/** What the engine needs to know of a scenario: sizes and protocol options. */
export function engineConfig(scenario: ResolvedScenario): EngineConfig {
  const {memory, io, recovery} = scenario.host;
  return {
    vcpus: scenario.vcpus,
    tasks: scenario.guest.tasks.reduce((sum, group) => sum + group.count, 0),
    tokens: scenario.tokens,
    pages: memory.pages,
    presentPages: memory.initially === 'present' ? memory.resident : 0,
    recovery: recovery === 'exception',
    ioStart: io.start,
    checkTpr: false,
    handlerInterrupts: scenario.options['handler.interrupts'] === 'on',
    wait: scenario.guest.wait,
  };
}

/**
 * The same from the scenario in a trace's metadata, which anyone may have written.
 * @param where the trace's name, for messages
 * @throws ApfError TRACE_SCENARIO (badData) when a size is missing, no integer or out of bounds: nothing is allocated then
 */
export function engineConfigOfTrace(scenario: unknown, where: string): EngineConfig {
  let config: EngineConfig;
  try {
    config = engineConfig(scenario as ResolvedScenario);
  } catch {
    throw bad(where, 'a scenario without the keys that a replay needs');
  }
  checkSize(where, 'vcpus', config.vcpus, 1, bounds.vcpusMax);
  checkSize(where, 'the number of tasks', config.tasks, 1, bounds.tasksMax);
  checkSize(where, 'tokens', config.tokens, 0, Math.min(bounds.tokensMax, bounds.tokensTotalMax / config.vcpus));
  checkSize(where, 'host.memory.pages', config.pages, 1, bounds.pagesMax);
  checkSize(where, 'host.memory.resident', config.presentPages, 0, config.pages);
  if (config.ioStart !== 'fault' && config.ioStart !== 'delivery')
    throw bad(where, 'host.io.start is no word of a scenario');
  if (config.wait !== 'hlt' && config.wait !== 'hypercall') throw bad(where, 'guest.wait is no word of a scenario');
  return config;
}

function checkSize(where: string, key: string, found: unknown, least: number, most: number): void {
  if (Number.isInteger(found) && (found as number) >= least && (found as number) <= most) return;
  throw bad(where, `${key} is ${JSON.stringify(found)}, expected an integer from ${least} to ${most}`);
}

function bad(where: string, found: string): ApfError {
  return new ApfError('badData', 'TRACE_SCENARIO', `${where}: the scenario in its metadata: ${found}`);
}
