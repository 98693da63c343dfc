import type {OptionName} from '../protocol/options.js';
import type {ProtocolName} from '../protocol/protocols.js';

/**
 * A scenario after its file was read, checked and completed: every default filled in, every duration an integer of
 * nanoseconds, every distribution a table, every file's contents named by base name and SHA-256. It is plain JSON, and
 * it is what the trace's metadata holds; keys are those of the scenario file.
 */
export interface ResolvedScenario {
  name: string;
  description: string;
  protocol: ProtocolName;
  /** 0 to 2^53 - 1. */
  seed: number;
  vcpus: number;
  /** N of the proposal, per vCPU (Q6, Q33); 0: page-not-present is never delivered. */
  tokens: number;
  /** The run ends at the first that holds; null: no such limit. Time in ns. */
  until: {time: number | null; faults: number | null; accesses: number | null};
  host: {
    memory: {
      /** Guest-physical pages: 0 to pages - 1. For workloads with address spaces of their own, at least what they touch. */
      pages: number;
      /** How many of them fit into host memory at once. */
      resident: number;
      initially: 'absent' | 'present';
      replacement: 'lru' | 'clock' | 'fifo' | 'random';
    };
    io: {latency: Distribution; channels: number | 'unlimited'; start: 'fault' | 'delivery'};
    failures: {pages: number[]; rate: number};
    recovery: 'none' | 'exception';
  };
  guest: {
    tasks: TaskGroup[];
    scheduler: {policy: 'fifo' | 'round-robin'; slice: number};
    /** null: never. every and for: ns of the vCPU's own running time (its tasks' compute time), null when only probability is given; probability: 0 to 1. */
    'interrupts-off': {
      every: number | null;
      for: number | null;
      probability: number;
      by: 'if' | 'sti' | 'movss' | 'tpr';
    } | null;
    /** null: never. touches: a page number. */
    nmi: {every: number; touches: 'none' | number; at: 'any' | 'copy' | 'park' | 'clear' | 'iret'} | null;
    /** null: none. every: ns. */
    devices: {every: number} | null;
    wait: 'hlt' | 'hypercall';
  };
  /** Nanoseconds of vCPU time. */
  costs: {delivery: number; step: number; switch: number; interrupt: number; hypercall: number};
  /** Those that the protocol reads, each with its value. */
  options: Partial<Record<OptionName, string>>;
  misbehave: {party: 'host' | 'guest'; bug: string; after: number}[];
}

export interface TaskGroup {
  name: string;
  /** How many tasks are alike. Tasks are numbered in the order of the groups. */
  count: number;
  vcpu: 'any' | number;
  mode: 'user' | 'kernel' | 'nested';
  compute: Distribution;
  accesses: PatternAccesses | TraceAccesses;
}

export interface PatternAccesses {
  pattern: 'fresh' | 'sequential' | 'cyclic' | 'uniform' | 'zipf';
  /** The pattern uses guest-physical pages 0 to pages - 1. */
  pages: number;
  skew: number;
  /** Accesses after which a task ends; null: never. */
  count: number | null;
}

export interface TraceAccesses {
  /** Base name and SHA-256 (hex) of the file's bytes as stored. */
  trace: {file: string; sha256: string};
  format: 'lackey';
  /** ns per instruction. */
  instruction: number;
}

/** What a latency or a compute time is drawn from; see distribution.ts for how a table is read. Unit: ns. */
export type Distribution =
  | {constant: number}
  | {
      /** Which key of the scenario the table was built from. */
      from: 'quantiles' | 'exponential' | 'log';
      /** Integer ns; the layout is documented in distribution.ts. */
      table: number[];
      /** Of a log: base name and SHA-256 of the file's bytes as stored. */
      log?: {file: string; sha256: string};
    };
