import type {EngineState} from '../../state.js';
import {addSleeper, removeSleeper} from '../pnp/sleepers.js';
import {K, kvmOf, P, parkOf} from './cells.js';

/** The guest's sleepers: the table by token, and beside it their order, in which a wake-all wakes them. */

/** Registers an actor as sleeper of the token it holds. */
export function parkSleeper(state: EngineState, vcpu: number, actor: number, token: number): void {
  const k = kvmOf(state, vcpu);
  const last = state.cells[k + K.parkLast];
  addSleeper(state, vcpu, actor, token);
  state.put(parkOf(state, actor) + P.previous, last);
  state.put(last === 0 ? k + K.parkFirst : parkOf(state, last - 1) + P.next, actor + 1);
  state.put(k + K.parkLast, actor + 1);
}

export function unparkSleeper(state: EngineState, vcpu: number, actor: number): void {
  const k = kvmOf(state, vcpu);
  const p = parkOf(state, actor);
  const previous = state.cells[p + P.previous];
  const next = state.cells[p + P.next];
  removeSleeper(state, vcpu, actor);
  state.put(previous === 0 ? k + K.parkFirst : parkOf(state, previous - 1) + P.next, next);
  state.put(next === 0 ? k + K.parkLast : parkOf(state, next - 1) + P.previous, previous);
  for (const field of [P.next, P.previous]) state.put(p + field, 0);
}

/** The sleeper of the vCPU that has slept longest, or `none`. */
export function firstSleeper(state: EngineState, vcpu: number): number {
  return state.cells[kvmOf(state, vcpu) + K.parkFirst] - 1;
}
