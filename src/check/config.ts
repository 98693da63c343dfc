import type {EngineConfig} from '../protocol/engine-config.js';

/** What the rules need to know of a run before its first row. */
export type CheckerConfig = Pick<
  EngineConfig,
  'vcpus' | 'tasks' | 'tokens' | 'presentPages' | 'recovery' | 'checkTpr' | 'handlerInterrupts'
>;
