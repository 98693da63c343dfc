/** The sizes and the protocol options that the engine needs; all else of a scenario belongs to the world. */
export interface EngineConfig {
  readonly vcpus: number;
  readonly tasks: number;
  /** N of the proposal, per vCPU (Q6); 0: page-not-present is never delivered. */
  readonly tokens: number;
  /** Guest-physical pages, 0 to pages - 1. */
  readonly pages: number;
  /** Pages 0 to presentPages - 1 are present at the start, the rest absent. */
  readonly presentPages: number;
  /** Case (c) of the proposal is implemented (R12). */
  readonly recovery: boolean;
  /** When the I/O of an absent page starts (Q4). */
  readonly ioStart: 'fault' | 'delivery';
  /** The TPR gates page-not-present too (R6, Q1). */
  readonly checkTpr: boolean;
  /** The page-not-present handler sets IF before it copies. */
  readonly handlerInterrupts: boolean;
  /** How a vCPU with nothing to run waits (Q21). */
  readonly wait: 'hlt' | 'hypercall';
}
