import {assert} from '../../../base/assert.js';
import {none} from '../../../protocol/row.js';
import {A, earlyCells, Pc, sleeperBuckets, V, Y} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {Own, own} from './own.js';

/**
 * The guest's table of sleepers, by token, and its early table: resolutions consumed before their page-not-present was
 * parked (R16). A table of buckets with chains through the tasks, as Linux keeps (arch/x86/kernel/kvm.c).
 */

function bucketOf(state: EngineState, ring: number, token: number): number {
  return state.layout.buckets + ring * sleeperBuckets + (token & (sleeperBuckets - 1));
}

/** Registers an actor as the sleeper of the token it holds. */
export function addSleeper(state: EngineState, ring: number, actor: number, token: number): void {
  const bucket = bucketOf(state, ring, token);
  state.put(state.actor(actor) + A.next, state.cells[bucket]);
  state.put(bucket, actor + 1);
  countParked(state, actor, 1);
}

/** A sleeper counts where it parked, whoever consumes its resolution. */
function countParked(state: EngineState, actor: number, change: number): void {
  const parked = state.vcpu(state.cells[state.actor(actor) + A.vcpu]) + V.parked;
  state.put(parked, state.cells[parked] + change);
}

/** The actor that sleeps under the token, or `none`. */
export function findSleeper(state: EngineState, ring: number, token: number): number {
  let next = state.cells[bucketOf(state, ring, token)];
  while (next !== 0 && state.cells[state.actor(next - 1) + A.token] !== token) {
    next = state.cells[state.actor(next - 1) + A.next];
  }
  return next === 0 ? none : next - 1;
}

export function removeSleeper(state: EngineState, ring: number, actor: number): void {
  let link = bucketOf(state, ring, state.cells[state.actor(actor) + A.token]);
  while (state.cells[link] !== actor + 1) {
    assert(state.cells[link] !== 0, 'a sleeper is in the table until it is unparked');
    link = state.actor(state.cells[link] - 1) + A.next;
  }
  state.put(link, state.cells[state.actor(actor) + A.next]);
  state.put(state.actor(actor) + A.next, 0);
  countParked(state, actor, -1);
}

/**
 * Notes a resolution whose page-not-present was not parked yet. One that nobody ever asks for (Q14, drop) would stay for
 * ever, and a guest would leak it; here, where memory has a bound, it gives way when the table is full. All are awaited
 * only if the host resolves what it never handed out: then what comes on top is lost.
 */
export function addEarly(state: EngineState, ring: number, token: number, result: number): void {
  const {config, layout, cells} = state;
  const max = config.scope === 'vm' ? config.vcpus * layout.earlyMax : layout.earlyMax;
  if (cells[state.vcpu(ring) + V.early] === max && !forgetOne(state, ring, max)) return;
  const count = cells[state.vcpu(ring) + V.early];
  const entry = earlyEntry(state, ring, count);
  state.put(entry + Y.token, token);
  state.put(entry + Y.result, result);
  state.put(state.vcpu(ring) + V.early, count + 1);
}

function forgetOne(state: EngineState, ring: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const token = state.cells[earlyEntry(state, ring, i) + Y.token];
    if (isAwaited(state, token)) continue;
    takeEarly(state, ring, token);
    return true;
  }
  return false;
}

/** A page-not-present with the token is on its way to being parked: it is delivered, copied, or to be delivered later. */
function isAwaited(state: EngineState, token: number): boolean {
  const {config, cells} = state;
  for (let vcpu = 0; vcpu < config.vcpus; vcpu++) {
    if (cells[state.vcpu(vcpu) + V.inuse] !== 0 && cells[state.vcpu(vcpu) + V.dataToken] === token) return true;
    if (cells[own(state, vcpu) + Own.laterToken] === token) return true;
  }
  for (let task = 0; task < config.tasks; task++) {
    if (cells[state.actor(task) + A.pc] === Pc.park && cells[state.actor(task) + A.token] === token) return true;
  }
  return false;
}

function earlyEntry(state: EngineState, ring: number, index: number): number {
  return state.layout.early + (ring * state.layout.earlyMax + index) * earlyCells;
}

/** Removes the early resolution of a token and returns its result, or `none` if there is none. */
export function takeEarly(state: EngineState, ring: number, token: number): number {
  const count = state.cells[state.vcpu(ring) + V.early];
  const first = earlyEntry(state, ring, 0);
  for (let i = 0; i < count; i++) {
    const entry = first + i * earlyCells;
    if (state.cells[entry + Y.token] !== token) continue;
    const last = first + (count - 1) * earlyCells;
    const result = state.cells[entry + Y.result];
    state.put(entry + Y.token, state.cells[last + Y.token]);
    state.put(entry + Y.result, state.cells[last + Y.result]);
    state.put(last + Y.token, 0);
    state.put(last + Y.result, 0);
    state.put(state.vcpu(ring) + V.early, count - 1);
    return result;
  }
  return none;
}
