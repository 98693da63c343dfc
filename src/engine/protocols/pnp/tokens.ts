import {none} from '../../../protocol/row.js';
import {refOfActor} from '../../emit.js';
import {A, Page, RefA, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {ringOf} from './rings.js';

/** Allocates a token slot of the vCPU's ring for an actor and returns it (R9, R14). */
export function takeToken(state: EngineState, vcpu: number, actor: number): number {
  const v = state.vcpu(ringOf(state.config, vcpu));
  const slot = state.cells[v + V.freeSlot] - 1;
  const t = state.token(slot);
  state.put(v + V.freeSlot, state.cells[t + T.next]);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] + 1);
  state.put(t + T.token, chooseToken(state, vcpu, slot) | 0);
  state.put(t + T.actor, actor + 1);
  state.put(t + T.next, 0);
  state.refs[state.layout.refTokens + slot] = state.refs[refOfActor(state, actor) + RefA.fault];
  return slot;
}

/** Q9: monotone, skipping 0 and 0xffffffff; the slot's place in its ring, from 1 on; or KVM's id << 12 | vcpu, from id 1 on. */
function chooseToken(state: EngineState, vcpu: number, slot: number): number {
  const {tokens, tokenAlloc} = state.config;
  if (tokenAlloc === 'slot_index') return (slot % tokens) + 1;
  const last = state.vcpu(ringOf(state.config, vcpu)) + V.lastToken;
  const number = tokenAfter(state.cells[last], tokenAlloc === 'kvm' ? kvmIds : tokensEnd);
  state.put(last, number | 0);
  return tokenAlloc === 'kvm' ? (number << 12) | vcpu : number;
}

/** The number after one, skipping 0 and what is not below `end`. */
export function tokenAfter(last: number, end: number): number {
  const next = ((last >>> 0) + 1) % end;
  return next === 0 ? 1 : next;
}

/** The tokens that count up are below this, which stays free (Q9). */
export const tokensEnd = 0xffffffff;

/** What is left of 32 bits for the id of a token beside 12 bits of vCPU. */
const kvmIds = 1 << 20;

export function freeToken(state: EngineState, vcpu: number, slot: number): void {
  const v = state.vcpu(ringOf(state.config, vcpu));
  const t = state.token(slot);
  state.put(t + T.token, 0);
  state.put(t + T.actor, 0);
  state.put(t + T.next, state.cells[v + V.freeSlot]);
  state.put(v + V.freeSlot, slot + 1);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] - 1);
}

/** Puts a token slot among the page's waiters, which stand in the order of their resolution: by token, then vCPU (Q30). */
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
  if (previous === 0) state.setPageWaiters(page, slot + 1);
  else state.put(state.token(previous - 1) + T.next, slot + 1);
}

/** The slot of a token of the vCPU that is outstanding for the page, or `none` (Q15). */
export function outstandingFor(state: EngineState, vcpu: number, page: number): number {
  if (state.pageState(page) !== Page.inFlight) return none;
  let next = state.pageWaiters(page);
  while (next !== 0 && vcpuOfSlot(state, next - 1) !== vcpu) next = state.cells[state.token(next - 1) + T.next];
  return next === 0 ? none : next - 1;
}

/** The vCPU whose fault a slot's token is about: READY goes there (Q12). */
export function vcpuOfSlot(state: EngineState, slot: number): number {
  const {config, cells} = state;
  if (config.scope === 'vcpu') return Math.floor(slot / config.tokens);
  const actor = cells[state.token(slot) + T.actor] - 1;
  return actor < config.tasks ? cells[state.actor(actor) + A.vcpu] : actor - config.tasks;
}
