import type {MisbehaviourEntry} from '../../src/protocol/misbehaviours.js';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';

/** A scenario with a bug that strikes after a row. */
export function withBug(scenario: ResolvedScenario, {party, name}: MisbehaviourEntry, after: number): ResolvedScenario {
  return {...scenario, misbehave: [{party, bug: name, after}]};
}
