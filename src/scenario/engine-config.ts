import type {EngineConfig} from '../protocol/engine-config.js';
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
