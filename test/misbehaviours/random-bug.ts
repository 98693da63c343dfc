import type {MisbehaviourEntry} from '../../src/protocol/misbehaviours.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {randomScenario} from '../property/random-scenario.js';

/**
 * A random scenario without the one combination that never ends: page-not-present delivered with the TPR shut leaves a
 * vCPU without a task that can neither take READY nor halt.
 */
export function endingScenario(seed: number): ResolvedScenario {
  const scenario = randomScenario(seed);
  const off = scenario.guest['interrupts-off'];
  if (off?.by === 'tpr') off.by = 'sti';
  return scenario;
}

/** The same scenario with a bug that strikes after a row. */
export function withBug(scenario: ResolvedScenario, {party, name}: MisbehaviourEntry, after: number): ResolvedScenario {
  return {...scenario, misbehave: [{party, bug: name, after}]};
}
