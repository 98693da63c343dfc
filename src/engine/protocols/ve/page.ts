import type {EngineConfig} from '../../../protocol/engine-config.js';
import {none} from '../../../protocol/row.js';
import {A, Access, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';

/**
 * ve_page of each vCPU: N entries, the active bitmap, guest_current, host_current; and the host's queue of completions.
 * An entry is numbered over all vCPUs, as token slots are; what stands in a token slot is told here:
 * `T.token` the state that its handler gave it, `T.actor` whose fault it is (+1), `T.next` the page's next waiter (+1).
 * `V.inuse` is the busy word, `V.data…` hw_info, `V.tokensUsed` counts the bits of the active bitmap.
 */

/** Values of an entry's state: NONE, CAN_CONTINUE, SUSPEND_ME, RESOLVED, FAIL (VE-S4). Active exactly if not NONE (VE-S5). */
export const EntryState = {none: 0, canContinue: 1, suspendMe: 2, resolved: 3, fail: 4} as const;

/** Values of A.pc: the next step of the #VE handler. */
export const VePc = {none: 0, copy: 1, hypercall: 2, busy: 3, park: 4, iret: 5} as const;

/** Values of V.irq: the next step of the completion handler. */
export const VeIrq = {none: 0, consume: 1, unpark: 2, iret: 3} as const;

/** Cells of its own, of a vCPU: indices into ve_page (+1), and where its queue begins and how long it is. */
const Own = {guestCurrent: 0, hostCurrent: 1, queueFirst: 2, queueLength: 3} as const;
const ownCells = 4;
/** Of an entry: its state; whether its completion is queued; the n-th place of the queue, the index that stands there (+1). */
const Entry = {state: 0, queued: 1, place: 2} as const;
const entryOwnCells = 3;

/** How many cells ve needs beyond those of layout.ts: per vCPU, per entry, and per actor the entry that it holds (+1). */
export function ownOf(config: EngineConfig): {cells: number; refs: number} {
  const entries = config.vcpus * config.tokens;
  return {cells: config.vcpus * ownCells + entries * entryOwnCells + config.tasks + config.vcpus, refs: 0};
}

/** The host of this protocol hands no tokens out: the list of free token slots that every state begins with is empty. */
export function beginPage(state: EngineState): void {
  const {vcpus, tokens} = state.config;
  for (let vcpu = 0; vcpu < vcpus; vcpu++) state.put(state.vcpu(vcpu) + V.freeSlot, 0);
  for (let slot = 0; slot < vcpus * tokens; slot++) state.put(state.token(slot) + T.next, 0);
}

function ownCell(state: EngineState, vcpu: number): number {
  return state.layout.own + vcpu * ownCells;
}

function entryCell(state: EngineState, slot: number): number {
  return state.layout.own + state.config.vcpus * ownCells + slot * entryOwnCells;
}

function heldCell(state: EngineState, actor: number): number {
  const {vcpus, tokens} = state.config;
  return state.layout.own + vcpus * (ownCells + tokens * entryOwnCells) + actor;
}

export function entryState(state: EngineState, slot: number): number {
  return state.cells[entryCell(state, slot) + Entry.state];
}

export function setEntryState(state: EngineState, slot: number, to: number): void {
  state.put(entryCell(state, slot) + Entry.state, to);
}

/** The actor whose fault stands in the entry, or `none`. */
export function ownerOf(state: EngineState, slot: number): number {
  return state.cells[state.token(slot) + T.actor] - 1;
}

/** The entry that an actor holds, or `none`. */
export function heldBy(state: EngineState, actor: number): number {
  return state.cells[heldCell(state, actor)] - 1;
}

/** The state that the entry's handler gave it, whatever the host made of it since. */
export function givenState(state: EngineState, slot: number): number {
  return state.cells[state.token(slot) + T.token];
}

/** The entry that the guest last wrote into guest_current, which the host reads at the hypercall; `none`: none ever. */
export function guestCurrent(state: EngineState, vcpu: number): number {
  const index = state.cells[ownCell(state, vcpu) + Own.guestCurrent] - 1;
  return index < 0 ? none : vcpu * state.config.tokens + index;
}

/** The entry in host_current, until the guest's completion handler has returned; `none`: the word is free. */
export function hostCurrent(state: EngineState, vcpu: number): number {
  const index = state.cells[ownCell(state, vcpu) + Own.hostCurrent] - 1;
  return index < 0 ? none : vcpu * state.config.tokens + index;
}

export function setHostCurrent(state: EngineState, vcpu: number, slot: number): void {
  state.put(ownCell(state, vcpu) + Own.hostCurrent, slot === none ? 0 : (slot % state.config.tokens) + 1);
}

/** The first entry of the vCPU whose active bit is clear, or `none`. */
export function firstFree(state: EngineState, vcpu: number): number {
  const {tokens} = state.config;
  for (let slot = vcpu * tokens; slot < (vcpu + 1) * tokens; slot++) {
    if (entryState(state, slot) === EntryState.none) return slot;
  }
  return none;
}

/** Sets the active bit: the entry is the actor's until `freeEntry`. */
export function takeEntry(state: EngineState, vcpu: number, slot: number, actor: number, given: number): void {
  const v = state.vcpu(vcpu);
  const index = slot % state.config.tokens;
  setEntryState(state, slot, given);
  state.put(state.token(slot) + T.token, given);
  state.put(state.token(slot) + T.actor, actor + 1);
  state.put(heldCell(state, actor), slot + 1);
  state.put(state.actor(actor) + A.token, index);
  state.put(ownCell(state, vcpu) + Own.guestCurrent, index + 1);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] + 1);
}

/** Clears the active bit of the entry that the actor holds, if it holds one; it may run on another vCPU by then. */
export function freeEntry(state: EngineState, actor: number): void {
  const slot = heldBy(state, actor);
  if (slot < 0) return;
  const v = state.vcpu(Math.floor(slot / state.config.tokens));
  setEntryState(state, slot, EntryState.none);
  state.put(state.token(slot) + T.token, 0);
  state.put(state.token(slot) + T.actor, 0);
  state.put(heldCell(state, actor), 0);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] - 1);
}

/** What an entry's outcome tells its task to do (R21, R22). */
export function outcome(state: EngineState, slot: number): number {
  return entryState(state, slot) === EntryState.fail ? Access.abandon : Access.retry;
}

/**
 * queue_completion: the guest is to be told about the entry. One that is queued already is not queued twice, for the
 * guest reads the entry's state when it is told; so the queue never holds more than N.
 */
export function queueCompletion(state: EngineState, vcpu: number, slot: number): void {
  const {tokens} = state.config;
  const own = ownCell(state, vcpu);
  if (isQueued(state, slot)) return;
  state.put(entryCell(state, slot) + Entry.queued, 1);
  const length = state.cells[own + Own.queueLength];
  const place = (state.cells[own + Own.queueFirst] + length) % tokens;
  state.put(entryCell(state, vcpu * tokens + place) + Entry.place, (slot % tokens) + 1);
  state.put(own + Own.queueLength, length + 1);
}

export function isQueued(state: EngineState, slot: number): boolean {
  return state.cells[entryCell(state, slot) + Entry.queued] !== 0;
}

/** Takes the entry out whose completion has waited longest, or `none`. */
export function takeCompletion(state: EngineState, vcpu: number): number {
  const {tokens} = state.config;
  const own = ownCell(state, vcpu);
  const length = state.cells[own + Own.queueLength];
  if (length === 0) return none;
  const first = state.cells[own + Own.queueFirst];
  const place = entryCell(state, vcpu * tokens + first) + Entry.place;
  const slot = vcpu * tokens + state.cells[place] - 1;
  state.put(place, 0);
  state.put(entryCell(state, slot) + Entry.queued, 0);
  state.put(own + Own.queueLength, length - 1);
  state.put(own + Own.queueFirst, length === 1 ? 0 : (first + 1) % tokens);
  return slot;
}
