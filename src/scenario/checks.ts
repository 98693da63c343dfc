import {misbehaviourTable} from '../protocol/misbehaviours.js';
import {fixedPoints, type OptionEntry, optionKeys, optionTable} from '../protocol/options.js';
import {bounds} from './limits.js';
import {type KeyPath, nearest, ScenarioProblem, writeFound} from './problem.js';
import type {ResolvedScenario} from './resolved.js';
import type {ParsedScenario, ParsedTaskGroup} from './schema.js';

/**
 * Checks what takes more than one key: before any other file is read.
 * @throws ScenarioProblem at the first key that is wrong
 */
export function checkParsed(scenario: ParsedScenario): void {
  checkOptions(scenario);
  checkMisbehaviours(scenario);
  checkMemory(scenario);
  checkTasks(scenario);
  checkInterrupts(scenario);
}

/**
 * Checks that time passes: a task that neither computes nor waits would go round for ever at one instant.
 * @throws ScenarioProblem SCENARIO_INVALID
 */
export function checkTimePasses(
  scenario: ResolvedScenario,
  isZero: (d: ResolvedScenario['host']['io']['latency']) => boolean,
): void {
  scenario.guest.tasks.forEach((group, i) => {
    if ('trace' in group.accesses || !isZero(group.compute)) return;
    if (group.accesses.pattern === 'fresh' && !isZero(scenario.host.io.latency)) return;
    throw new ScenarioProblem(
      ['guest', 'tasks', i, 'compute'],
      'found 0, expected some time: such a task could go round for ever without any (with the pattern fresh and a latency above 0, compute may be 0)',
    );
  });
}

/**
 * Checks that interrupts of devices leave a vCPU some time.
 * @throws ScenarioProblem SCENARIO_INVALID
 */
export function checkStorm({guest, costs}: ResolvedScenario): void {
  if (guest.devices === null || guest.devices.every > costs.interrupt) return;
  throw new ScenarioProblem(
    ['guest', 'devices', 'every'],
    `found ${guest.devices.every}ns, expected more than costs.interrupt, ${costs.interrupt}ns: a vCPU would serve interrupts for ever and do nothing else`,
  );
}

/** @throws ScenarioProblem: an option that is none, or that the protocol does not read, or a value that it does not have */
function checkOptions({protocol, options}: ParsedScenario): void {
  for (const [name, value] of Object.entries(options)) checkOption(protocol, name, String(value));
  if (options['ready.target'] === 'any' && options.scope !== 'vm') {
    throw new ScenarioProblem(
      ['options', 'ready.target'],
      'found any, expected options.scope: vm with it: a ring of one vCPU is read by that vCPU',
    );
  }
  if (options.dedup === 'share_token' && (options.scope === 'vm' || options['handler.interrupts'] === 'on')) {
    throw new ScenarioProblem(
      ['options', 'dedup'],
      'found share_token, expected scope: vcpu and handler.interrupts: off with it: else the shared token can be consumed before its second sleeper has parked, who then sleeps for ever',
    );
  }
}

function checkOption(protocol: string, name: string, value: string): void {
  const path = ['options', name];
  if (Object.hasOwn(optionKeys, name)) {
    throw new ScenarioProblem(path, `no option: it is the key ${optionKeys[name]} of the scenario, set that`);
  }
  const entry: OptionEntry | undefined = optionTable.find((option) => option.name === name);
  if (entry === undefined) throw unknownOption(path, name);
  if (!entry.protocols.includes(protocol)) {
    throw new ScenarioProblem(path, `no option of ${protocol}; ${entry.protocols.join(', ')} read it`);
  }
  if (entry.values.includes(value)) return;
  throw new ScenarioProblem(
    path,
    `found ${writeFound(value)}, expected one of ${entry.values.join(', ')}; the nearest is ${nearest(value, entry.values)}`,
  );
}

function unknownOption(path: KeyPath, name: string): ScenarioProblem {
  const fixed = fixedPoints.find(({knob}) => knob.split(', ').includes(name));
  if (fixed !== undefined) return new ScenarioProblem(path, `no option: ${fixed.question} is fixed: ${fixed.value}`);
  const known = [...optionTable.map((option) => option.name), ...Object.keys(optionKeys)];
  const close = nearest(name, known);
  const instead = Object.hasOwn(optionKeys, close) ? `the key ${optionKeys[close]} of the scenario` : close;
  return new ScenarioProblem(path, `unknown option; the nearest is ${instead}`);
}

function checkMisbehaviours({protocol, misbehave}: ParsedScenario): void {
  misbehave.forEach(({party, bug}, i) => {
    const own = misbehaviourTable.filter((entry) => entry.protocol === protocol);
    const entry = own.find(({name}) => name === bug);
    if (entry === undefined) {
      const names = own.map(({name}) => name);
      const known = names.length === 0 ? 'none' : names.join(', ');
      const text = `found ${writeFound(bug)}, expected a bug of ${protocol}: ${known}`;
      throw new ScenarioProblem(['misbehave', i, 'bug'], text);
    }
    if (entry.party !== party)
      throw new ScenarioProblem(
        ['misbehave', i, 'party'],
        `found ${party}, expected ${entry.party}: ${bug} is its bug`,
      );
  });
}

function checkMemory({vcpus, tokens, host}: ParsedScenario): void {
  const {pages, resident = pages} = host.memory;
  if (resident > pages) throw tooMuch(['host', 'memory', 'resident'], resident, `host.memory.pages, ${pages}`);
  if (vcpus * tokens > bounds.tokensTotalMax) {
    throw tooMuch(['tokens'], tokens, `${Math.floor(bounds.tokensTotalMax / vcpus)} with ${vcpus} vCPUs`);
  }
  host.failures.pages.forEach((page, i) => {
    if (page >= pages) throw noSuchPage(['host', 'failures', 'pages', i], page, pages);
  });
}

function checkTasks({vcpus, host, guest}: ParsedScenario): void {
  const {pages} = host.memory;
  let taskCount = 0;
  let traceTaskCount = 0;
  guest.tasks.forEach((group, i) => {
    const at = ['guest', 'tasks', i];
    taskCount += group.count;
    if (taskCount > bounds.tasksMax) throw tooMuch([...at, 'count'], group.count, `${bounds.tasksMax} tasks in all`);
    if (group.vcpu !== 'any' && group.vcpu >= vcpus) {
      throw new ScenarioProblem(
        [...at, 'vcpu'],
        `found ${group.vcpu}, expected any, or one of the vCPUs 0 to ${vcpus - 1}`,
      );
    }
    checkAccesses(group, at, pages);
    if ('trace' in group.accesses) traceTaskCount += group.count;
    if (traceTaskCount > bounds.traceTasksMax) {
      throw tooMuch([...at, 'count'], group.count, `${bounds.traceTasksMax} tasks with a trace in all`);
    }
  });
}

function checkAccesses({accesses, compute}: ParsedTaskGroup, at: KeyPath, pages: number): void {
  if ('trace' in accesses) {
    if (compute === undefined) return;
    throw new ScenarioProblem(
      [...at, 'compute'],
      'found a time, expected none: with a trace, accesses.instruction sets it',
    );
  }
  if (accesses.pages !== undefined && accesses.pages > pages) {
    throw tooMuch([...at, 'accesses', 'pages'], accesses.pages, `host.memory.pages, ${pages}`);
  }
}

function checkInterrupts({host, guest}: ParsedScenario): void {
  const off = guest['interrupts-off'];
  if (off !== undefined) {
    const at = ['guest', 'interrupts-off'];
    if ((off.every === undefined) !== (off.for === undefined)) {
      throw new ScenarioProblem(at, 'found one of every and for, expected both or neither');
    }
    if (off.every === undefined && off.probability === undefined) {
      throw new ScenarioProblem(at, 'found neither every and for nor probability, expected one of them');
    }
    if (off.every !== undefined && off.for !== undefined && off.for >= off.every) {
      throw new ScenarioProblem([...at, 'for'], `found ${off.for}ns, expected less than every, ${off.every}ns`);
    }
  }
  const touches = guest.nmi?.touches;
  const {pages} = host.memory;
  if (typeof touches === 'number' && touches >= pages) throw noSuchPage(['guest', 'nmi', 'touches'], touches, pages);
}

function tooMuch(path: KeyPath, found: number, most: string): ScenarioProblem {
  return new ScenarioProblem(path, `found ${found}, expected at most ${most}`);
}

function noSuchPage(path: KeyPath, page: number, pages: number): ScenarioProblem {
  return new ScenarioProblem(path, `found ${page}, expected a page below host.memory.pages, ${pages}`);
}
