/** The sizes and the protocol options that the engine needs; all else of a scenario belongs to the world. */
export interface EngineConfig {
  readonly vcpus: number;
  readonly tasks: number;
  /** N of the proposal, per vCPU or for the machine (Q6); 0: page-not-present is never delivered. */
  readonly tokens: number;
  /** Guest-physical pages, 0 to pages - 1. */
  readonly pages: number;
  /** Pages 0 to presentPages - 1 are present at the start, the rest absent. */
  readonly presentPages: number;
  /** What each task runs as: `TaskMode`; null: all in user mode. */
  readonly taskModes: Uint8Array | null;
  /** Case (c) of the proposal is implemented (R12). */
  readonly recovery: boolean;
  /** When the I/O of an absent page starts (Q4). */
  readonly ioStart: 'fault' | 'delivery';
  /** How a vCPU with nothing to run waits (Q21). */
  readonly wait: 'hlt' | 'hypercall';
  /** The page-not-present handler sets IF before it copies. */
  readonly handlerInterrupts: boolean;
  /** The TPR gates page-not-present too (R6, Q1). */
  readonly checkTpr: boolean;
  /** What ends a sleep (Q2). */
  readonly sleepUntil: 'page_ready' | 'token_free' | 'first_of';
  /** A vCPU that sleeps with IF=1 takes interrupts (Q3). */
  readonly sleepInterruptible: boolean;
  /** When a token is free again (Q5). */
  readonly tokenFreeOn: 'consume' | 'resolve' | 'explicit_ack';
  /** One ring and N tokens for each vCPU, or for the machine (Q6). */
  readonly scope: 'vcpu' | 'vm';
  /** How head and tail count (Q7). */
  readonly ringIndex: 'free_running' | 'modulo';
  /** Which token the host chooses (Q9). */
  readonly tokenAlloc: 'monotone' | 'slot_index' | 'kvm';
  /** How the guest is told that its virtual address is not known (Q10). */
  readonly gvaUnknown: 'all_ones' | 'zero' | 'flag';
  /** READY for each entry, or when the ring was empty (Q12). */
  readonly readyIrq: 'each' | 'edge';
  /** Which vCPU gets READY (Q12). */
  readonly readyTarget: 'same' | 'any';
  /** A page-not-present whose page is ready before its delivery is taken back (Q13). */
  readonly earlyCancel: boolean;
  /** What becomes of an early resolution whose page-not-present is not delivered (Q14). */
  readonly earlyOrphan: 'forbid' | 'deliver_later' | 'drop';
  /** A second fault on a page in flight (Q15). */
  readonly dedup: 'none' | 'halt' | 'share_token';
  /** The I/O of a sleeper's page fails (Q18). */
  readonly failPolicy: 'reeval' | 'kill';
  /** Page-not-present may come while the kernel runs (Q20). */
  readonly cpl0: 'allow' | 'user_only';
  /** A fault while a nested guest runs (Q32). */
  readonly nested: 'sleep' | 'exit_to_l1';
  /** Faults to inject, in the order of the scenario; `after`: the seq of a row, none strikes before it is written. */
  readonly misbehave: readonly {readonly party: 'host' | 'guest'; readonly bug: string; readonly after: number}[];
}

/** Values of `taskModes`: CPL 3; CPL 0; a nested guest, of whatever level. */
export const TaskMode = {user: 0, kernel: 1, nested: 2} as const;

/** What an option that a scenario does not name is. */
export const optionDefaults = {
  handlerInterrupts: false,
  checkTpr: false,
  sleepUntil: 'page_ready',
  sleepInterruptible: false,
  tokenFreeOn: 'consume',
  scope: 'vcpu',
  ringIndex: 'free_running',
  tokenAlloc: 'monotone',
  gvaUnknown: 'all_ones',
  readyIrq: 'each',
  readyTarget: 'same',
  earlyCancel: false,
  earlyOrphan: 'forbid',
  dedup: 'none',
  failPolicy: 'reeval',
  cpl0: 'allow',
  nested: 'sleep',
} as const satisfies Partial<EngineConfig>;
