import {ApfError} from '../base/errors.js';
import {type EngineConfig, optionDefaults, TaskMode} from '../protocol/engine-config.js';
import {misbehaviourTable} from '../protocol/misbehaviours.js';
import {type OptionEntry, optionTable, optionValue} from '../protocol/options.js';
import {isProtocol, type ProtocolName, protocolNames} from '../protocol/protocols.js';
import {bounds} from './limits.js';
import type {ResolvedScenario, TaskGroup} from './resolved.js';

/** What the engine needs to know of a scenario: sizes and protocol options. */
export function engineConfig(scenario: ResolvedScenario): EngineConfig {
  const {memory, io, recovery} = scenario.host;
  return {
    ...optionDefaults,
    ...optionsOf(scenario),
    vcpus: scenario.vcpus,
    tasks: countTasks(scenario.guest.tasks),
    tokens: scenario.tokens,
    pages: memory.pages,
    presentPages: memory.initially === 'present' ? memory.resident : 0,
    taskModes: taskModes(scenario.guest.tasks),
    recovery: recovery === 'exception',
    ioStart: io.start,
    wait: scenario.guest.wait,
    misbehave: scenario.misbehave ?? [], // traces of behaviour 1 have none
  };
}

function countTasks(groups: readonly TaskGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function optionsOf({options}: ResolvedScenario): Partial<EngineConfig> {
  const set = (optionTable as readonly OptionEntry[]).filter(({name}) => Object.hasOwn(options, name));
  return Object.fromEntries(
    set.map(({name, field}) => [field, optionValue((options as Readonly<Record<string, string>>)[name])]),
  );
}

function taskModes(groups: readonly TaskGroup[]): Uint8Array | null {
  if (groups.every(({mode = 'user'}) => mode === 'user')) return null;
  const modes = new Uint8Array(Math.min(countTasks(groups), bounds.tasksMax));
  let from = 0;
  for (const {count, mode} of groups) {
    modes.fill(TaskMode[mode], from, from + count);
    from += count;
  }
  return modes;
}

/**
 * The same from the scenario in a trace's metadata, which anyone may have written.
 * @param where the trace's name, for messages
 * @throws ApfError TRACE_SCENARIO (badData) when a size is missing, no integer or out of bounds: nothing is allocated
 *   then; or when it names a protocol, an option's value or a misbehaviour that is none
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
  checkWords(where, scenario as ResolvedScenario, config);
  return config;
}

/**
 * The protocol of a trace.
 * @throws ApfError TRACE_PROTOCOL (badData) when there is none of that name
 */
export function protocolOf({metadata, path}: {metadata: {protocol: string}; path: string}): ProtocolName {
  if (isProtocol(metadata.protocol)) return metadata.protocol;
  const found = `${path}: found protocol ${metadata.protocol}, expected one of ${protocolNames.join(', ')}`;
  throw new ApfError('badData', 'TRACE_PROTOCOL', found, [`apf info -t ${path}`]);
}

function checkWords(where: string, {protocol, options}: ResolvedScenario, {misbehave}: EngineConfig): void {
  if (!isProtocol(protocol)) throw bad(where, 'protocol is no word of a scenario');
  for (const {name, values} of optionTable as readonly OptionEntry[]) {
    const word = (options as Readonly<Record<string, unknown>>)[name];
    if (word !== undefined && !values.includes(word as string))
      throw bad(where, `options.${name} is none of its values`);
  }
  if (!Array.isArray(misbehave)) throw bad(where, 'misbehave is no list');
  for (const {bug, after} of misbehave) {
    const known = misbehaviourTable.some((entry) => entry.protocol === protocol && entry.name === bug);
    if (!known || !Number.isSafeInteger(after)) throw bad(where, 'misbehave names no bug of its protocol');
  }
}

function checkSize(where: string, key: string, found: unknown, least: number, most: number): void {
  if (Number.isInteger(found) && (found as number) >= least && (found as number) <= most) return;
  throw bad(where, `${key} is ${JSON.stringify(found)}, expected an integer from ${least} to ${most}`);
}

function bad(where: string, found: string): ApfError {
  return new ApfError('badData', 'TRACE_SCENARIO', `${where}: the scenario in its metadata: ${found}`);
}
