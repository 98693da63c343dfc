import type {EngineConfig} from '../../../protocol/engine-config.js';
import type {EngineState} from '../../state.js';

/**
 * Where the two Linux protocols keep what is theirs, from `layout.own` on. "+1" as in layout.ts: zero means none.
 * V.inuse is the word of the area that says page-not-present or READY, V.dataToken is CR2,
 * V.pending is READY, V.tokensUsed is `queued`, V.lastToken is the id handed out last, T holds queued items.
 */

/** Fields of a vCPU. */
export const K = {
  /** The guest has written MSR_KVM_ASYNC_PF_EN. */
  enabled: 0,
  /** The local APIC is software-enabled (apf-int). */
  lapic: 1,
  /** The token word of the area, by which READY names its token (apf-int). */
  slot: 2,
  /** pageready_pending: READY was sent and not acknowledged (apf-int). */
  unacked: 3,
  /** The vCPU sleeps lightly: the artificial halt. */
  halted: 4,
  /** The done list: slots of items whose I/O has ended, +1, first in first out; a wake-all stands before them. */
  doneFirst: 5,
  doneLast: 6,
  wakeAll: 7,
  /** The guest's sleepers in the order of their parking, +1. */
  parkFirst: 8,
  parkLast: 9,
} as const;
const vcpuFields = 10;

/** Chains of the table of pages that a vCPU has queued (gfns[]); a power of two. */
const pageBuckets = 64;
const vcpuStride = vcpuFields + pageBuckets;

/** Fields of a queued item, beside those of its token slot: the access for which it was queued. */
export const I = {
  /** Its page-not-present was injected. */
  injected: 0,
  /** Its I/O has ended. */
  done: 1,
  page: 2,
  offset: 3,
  gvaLo: 4,
  gvaHi: 5,
  /** Next item of the same bucket, +1. */
  chain: 6,
} as const;
const itemFields = 7;

/** Links of an actor in the list of sleepers, +1. */
export const P = {next: 0, previous: 1} as const;
const parkFields = 2;

export function ownOfKvm({vcpus, tasks, tokens}: EngineConfig): {cells: number; refs: number} {
  const cells = 1 + vcpus * vcpuStride + vcpus * tokens * itemFields + (tasks + vcpus) * parkFields;
  return {cells, refs: vcpus * refFields};
}

/** Index of the first cell of a vCPU. */
export function kvmOf(state: EngineState, vcpu: number): number {
  return state.layout.own + 1 + vcpu * vcpuStride;
}

/** Index of the bucket in which the vCPU's item for a page stands. */
export function bucketOf(state: EngineState, vcpu: number, page: number): number {
  return kvmOf(state, vcpu) + vcpuFields + (page & (pageBuckets - 1));
}

/** Index of the first cell of the item in a token slot. */
export function itemOf(state: EngineState, slot: number): number {
  return kvmOf(state, state.config.vcpus) + slot * itemFields;
}

/** Index of an actor's links in the list of sleepers. */
export function parkOf(state: EngineState, actor: number): number {
  return itemOf(state, state.config.vcpus * state.config.tokens) + actor * parkFields;
}

/** Index of the cell that is 1 once the host has begun to ignore that pages fail (B8). */
export function failuresIgnored(state: EngineState): number {
  return state.layout.own;
}

/** Sequence numbers of a vCPU: its `enable`; the row that READY's handler reads. */
export const RefK = {enable: 0, ready: 1} as const;
const refFields = 2;

export function refOfKvm(state: EngineState, vcpu: number): number {
  return state.layout.refOwn + vcpu * refFields;
}
