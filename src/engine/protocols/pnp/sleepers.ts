import {assert} from '../../../base/assert.js';
import {none} from '../../../protocol/row.js';
import {A, earlyCells, sleeperBuckets, V, Y} from '../../layout.js';
import type {EngineState} from '../../state.js';

/**
 * The guest's table of sleepers, by token, and its early table: resolutions consumed before their page-not-present was
 * parked (R16). A table of buckets with chains through the tasks, as Linux keeps (arch/x86/kernel/kvm.c).
 */

function bucketOf(state: EngineState, vcpu: number, token: number): number {
  return state.layout.buckets + vcpu * sleeperBuckets + (token & (sleeperBuckets - 1));
}

/** Registers an actor as the sleeper of the token it holds. */
export function addSleeper(state: EngineState, vcpu: number, actor: number, token: number): void {
  const bucket = bucketOf(state, vcpu, token);
  state.put(state.actor(actor) + A.next, state.cells[bucket]);
  state.put(bucket, actor + 1);
  state.put(state.vcpu(vcpu) + V.parked, state.cells[state.vcpu(vcpu) + V.parked] + 1);
}

/** The actor that sleeps under the token, or `none`. */
export function findSleeper(state: EngineState, vcpu: number, token: number): number {
  let next = state.cells[bucketOf(state, vcpu, token)];
  while (next !== 0 && state.cells[state.actor(next - 1) + A.token] !== token) {
    next = state.cells[state.actor(next - 1) + A.next];
  }
  return next === 0 ? none : next - 1;
}

export function removeSleeper(state: EngineState, vcpu: number, actor: number): void {
  let link = bucketOf(state, vcpu, state.cells[state.actor(actor) + A.token]);
  while (state.cells[link] !== actor + 1) {
    assert(state.cells[link] !== 0, 'a sleeper is in the table until it is unparked');
    link = state.actor(state.cells[link] - 1) + A.next;
  }
  state.put(link, state.cells[state.actor(actor) + A.next]);
  state.put(state.actor(actor) + A.next, 0);
  state.put(state.vcpu(vcpu) + V.parked, state.cells[state.vcpu(vcpu) + V.parked] - 1);
}

/**
 * Notes a resolution whose page-not-present was not parked yet. There are no more of them than tokens and one handler,
 * unless the host resolves what it never handed out: then the table is full one day, and what comes on top is lost.
 */
export function addEarly(state: EngineState, vcpu: number, token: number, result: number): void {
  const count = state.cells[state.vcpu(vcpu) + V.early];
  if (count === state.layout.earlyMax) return;
  const entry = state.layout.early + (vcpu * state.layout.earlyMax + count) * earlyCells;
  state.put(entry + Y.token, token);
  state.put(entry + Y.result, result);
  state.put(state.vcpu(vcpu) + V.early, count + 1);
}

/** Removes the early resolution of a token and returns its result, or `none` if there is none. */
export function takeEarly(state: EngineState, vcpu: number, token: number): number {
  const count = state.cells[state.vcpu(vcpu) + V.early];
  const first = state.layout.early + vcpu * state.layout.earlyMax * earlyCells;
  for (let i = 0; i < count; i++) {
    const entry = first + i * earlyCells;
    if (state.cells[entry + Y.token] !== token) continue;
    const last = first + (count - 1) * earlyCells;
    const result = state.cells[entry + Y.result];
    state.put(entry + Y.token, state.cells[last + Y.token]);
    state.put(entry + Y.result, state.cells[last + Y.result]);
    state.put(last + Y.token, 0);
    state.put(last + Y.result, 0);
    state.put(state.vcpu(vcpu) + V.early, count - 1);
    return result;
  }
  return none;
}
