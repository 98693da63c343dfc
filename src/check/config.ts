import type {EngineConfig} from '../protocol/engine-config.js';
import {engineConfig} from '../scenario/engine-config.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {type TimeBounds, timeBounds} from '../scenario/time-bounds.js';

/** What the rules need to know of a run before its first row; never what misbehaves in it. */
export type CheckerConfig = Omit<EngineConfig, 'misbehave' | 'pages' | 'wait'> & TimeBounds;

export function checkerConfig(scenario: ResolvedScenario): CheckerConfig {
  return {...engineConfig(scenario), ...timeBounds(scenario)};
}
