import {none, Row} from '../../../protocol/row.js';
import {ofTask, refOfActor, setAddresses} from '../../emit.js';
import {A, RefA, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {bucketOf, I, itemOf, K, kvmOf} from './cells.js';

/**
 * The items of a vCPU's queue (virt/kvm/async_pf.c): each a token, the access for which it was queued, and a place in
 * the table of queued pages, in the list of a page's waiters while its I/O runs, in the done list from then on.
 */

/** Queues an item for an actor's access, under a token; returns its slot. The vCPU has one free. */
export function takeItem(state: EngineState, vcpu: number, actor: number, token: number): number {
  const v = state.vcpu(vcpu);
  const a = state.actor(actor);
  const slot = state.cells[v + V.freeSlot] - 1;
  const t = state.token(slot);
  const item = itemOf(state, slot);
  const page = state.cells[a + A.page];
  const bucket = bucketOf(state, vcpu, page);
  state.put(v + V.freeSlot, state.cells[t + T.next]);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] + 1);
  state.put(t + T.token, token | 0);
  state.put(t + T.actor, actor + 1);
  state.put(item + I.page, page);
  state.put(item + I.offset, state.cells[a + A.offset]);
  state.put(item + I.gvaLo, state.cells[a + A.gvaLo]);
  state.put(item + I.gvaHi, state.cells[a + A.gvaHi]);
  state.put(item + I.chain, state.cells[bucket]);
  state.put(bucket, slot + 1);
  state.refs[state.layout.refTokens + slot] = state.refs[refOfActor(state, actor) + RefA.fault];
  state.refs[state.layout.refRing + slot] = none;
  return slot;
}

/** The slot of the vCPU's item for a page, or `none`: the table gfns[] (LG-S5). */
export function findItem(state: EngineState, vcpu: number, page: number): number {
  let next = state.cells[bucketOf(state, vcpu, page)];
  while (next !== 0 && state.cells[itemOf(state, next - 1) + I.page] !== page) {
    next = state.cells[itemOf(state, next - 1) + I.chain];
  }
  return next - 1;
}

/** The item leaves the table and the queue; its slot is free. It stands in no list any more. */
export function dropItem(state: EngineState, vcpu: number, slot: number): void {
  const v = state.vcpu(vcpu);
  const t = state.token(slot);
  const item = itemOf(state, slot);
  let link = bucketOf(state, vcpu, state.cells[item + I.page]);
  while (state.cells[link] !== slot + 1) link = itemOf(state, state.cells[link] - 1) + I.chain;
  state.put(link, state.cells[item + I.chain]);
  for (const field of Object.values(I)) state.put(item + field, 0);
  state.put(t + T.token, 0);
  state.put(t + T.actor, 0);
  state.put(t + T.next, state.cells[v + V.freeSlot]);
  state.put(v + V.freeSlot, slot + 1);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] - 1);
}

/** Fills in what a row of the item's fault has, whatever its task does by then. */
export function ofItem(state: EngineState, row: Float64Array, slot: number): void {
  const item = itemOf(state, slot);
  const {cells} = state;
  ofTask(state, row, cells[state.token(slot) + T.actor] - 1);
  row[Row.fault] = state.refs[state.layout.refTokens + slot];
  setAddresses(row, cells[item + I.page], cells[item + I.offset], cells[item + I.gvaLo], cells[item + I.gvaHi]);
}

/** Something of the vCPU is done and was not presented. */
export function hasDone(state: EngineState, vcpu: number): boolean {
  const k = kvmOf(state, vcpu);
  return state.cells[k + K.wakeAll] !== 0 || state.cells[k + K.doneFirst] !== 0;
}

/** The item's I/O has ended, by the row `cause`: it goes to the end of the done list (PI-S7). */
export function appendDone(state: EngineState, vcpu: number, slot: number, cause: number): void {
  const k = kvmOf(state, vcpu);
  const last = state.cells[k + K.doneLast];
  state.put(itemOf(state, slot) + I.done, 1);
  state.put(state.token(slot) + T.next, 0);
  state.put(last === 0 ? k + K.doneFirst : state.token(last - 1) + T.next, slot + 1);
  state.put(k + K.doneLast, slot + 1);
  state.refs[state.layout.refRing + slot] = cause;
}

/** Takes the first item out of the done list, which is not empty and begins with no wake-all; it is to be dropped next. */
export function shiftDone(state: EngineState, vcpu: number): number {
  const k = kvmOf(state, vcpu);
  const slot = state.cells[k + K.doneFirst] - 1;
  const next = state.cells[state.token(slot) + T.next];
  state.put(k + K.doneFirst, next);
  if (next === 0) state.put(k + K.doneLast, 0);
  return slot;
}

/** Puts an item among the page's waiters, which stand in the order of their tokens, then vCPUs (Q30). */
export function addWaiter(state: EngineState, page: number, slot: number): void {
  const token = state.cells[state.token(slot) + T.token] >>> 0;
  let previous = 0;
  let next = state.pageWaiters(page);
  while (next !== 0) {
    const other = state.cells[state.token(next - 1) + T.token] >>> 0;
    if (other > token || (other === token && next - 1 > slot)) break;
    previous = next;
    next = state.cells[state.token(next - 1) + T.next];
  }
  state.put(state.token(slot) + T.next, next);
  setNextWaiter(state, page, previous, slot + 1);
}

/** Takes an item out of the page's waiters, among which it is; it is to be dropped next. */
export function removeWaiter(state: EngineState, page: number, slot: number): void {
  let previous = 0;
  for (let next = state.pageWaiters(page); next !== slot + 1; next = state.cells[state.token(next - 1) + T.next])
    previous = next;
  setNextWaiter(state, page, previous, state.cells[state.token(slot) + T.next]);
}

function setNextWaiter(state: EngineState, page: number, previous: number, next: number): void {
  if (previous === 0) state.setPageWaiters(page, next);
  else state.put(state.token(previous - 1) + T.next, next);
}

/** Empties the queue and the done list of a vCPU: no READY comes for any of it (B.2, disabling; B5). */
export function clearQueue(state: EngineState, vcpu: number): void {
  const k = kvmOf(state, vcpu);
  while (state.cells[k + K.doneFirst] !== 0) dropItem(state, vcpu, shiftDone(state, vcpu));
  const first = vcpu * state.config.tokens;
  for (let slot = first; slot < first + state.config.tokens; slot++) {
    if (state.cells[state.token(slot) + T.actor] === 0) continue;
    removeWaiter(state, state.cells[itemOf(state, slot) + I.page], slot);
    dropItem(state, vcpu, slot);
  }
}
