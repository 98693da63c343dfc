import type {EngineConfig} from '../../../protocol/engine-config.js';
import type {EngineState} from '../../state.js';

/** Cells of a vCPU that only some values of the options use; all are zero with the defaults. */
export const Own = {
  /** It sleeps until a token may be free: `Waits`. */
  waits: 0,
  /** An orphan that is delivered later (Q14): its token, 0 for none, and what the structure will say. */
  laterToken: 1,
  laterPage: 2,
  laterOffset: 3,
  laterGvaLo: 4,
  laterGvaHi: 5,
  laterFetch: 6,
  /** 1: the structure's flag says that gva is not known (Q10). */
  gvaUnknown: 7,
  /** Ring index up to which the guest acknowledged what it consumed (Q5). */
  acked: 8,
} as const;
const ownCells = 9;

/** What a sleeping vCPU waits for: its page; a token or its page; a token only (Q2). */
export const Waits = {page: 0, either: 1, token: 2} as const;

/** Sequence numbers: per ring entry the actor whose resolution it is, +1; per vCPU the fault of its orphan. */
export function ownSizes(config: EngineConfig): {cells: number; refs: number} {
  return {cells: config.vcpus * ownCells, refs: config.vcpus * config.tokens + config.vcpus};
}

/** Index of the first own cell of a vCPU. */
export function own(state: EngineState, vcpu: number): number {
  return state.layout.own + vcpu * ownCells;
}

export function refEntryActor(state: EngineState, entry: number): number {
  return state.layout.refOwn + entry;
}

export function refLater(state: EngineState, vcpu: number): number {
  return state.layout.refOwn + state.config.vcpus * state.config.tokens + vcpu;
}
