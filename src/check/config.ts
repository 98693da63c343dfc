import type {EngineConfig} from '../protocol/engine-config.js';

/** What the rules need to know of a run before its first row; never what misbehaves in it. */
export type CheckerConfig = Omit<EngineConfig, 'misbehave' | 'pages' | 'wait'>;
