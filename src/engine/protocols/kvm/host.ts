import {TaskMode} from '../../../protocol/engine-config.js';
import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, causeOf, ofTask, refOfActor, send, sendOfFault, setCause} from '../../emit.js';
import {A, Mask, Mode, Page, Pc, RefA, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {I, itemOf, K, kvmOf} from './cells.js';
import {giveUp, haltArtificially, release, sleepsLightly, startIo, suspend, wake, wouldInterrupt} from './hold.js';
import {addWaiter, appendDone, findItem, hasDone, takeItem} from './items.js';
import {hostOf, type KvmHost} from './port.js';

/** What the host of Linux does under either protocol: all but how READY reaches the guest. */
export const kvmHost: Omit<KvmHost, 'kick' | 'rescan' | 'mayDequeue'> = {
  available: (state, page) => state.pageState(page) === Page.present,
  answer,
  complete,
  sleepsLightly,
  interrupted,
  wakeForNmi,
  refusal,
  undeliverable,
  takeToken,
  deliver,
  injectsReady: (state, _vcpu, slot) => state.cells[itemOf(state, slot) + I.injected] !== 0, // PI-S4, B3
};

/** Values of the area's word: what the host says with it. */
export const Word = {notPresent: 1, ready: 2} as const;

/**
 * kvm_can_do_async_pf: interrupts could be taken; the TPR is not consulted (LG-S2). Handlers run with IF=0, and what
 * faults in one is an NMI.
 */
function refusal(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  const mask = cells[v + V.mask];
  if (cells[v + V.nmi] !== 0 || (mask & Mask.interruptFlag) === 0) return Reason.interrupts_off;
  if ((mask & Mask.stiShadow) !== 0) return Reason.sti_shadow;
  return (mask & Mask.movssShadow) !== 0 ? Reason.movss_shadow : none;
}

/** kvm_can_deliver_async_pf (PI-S1); it is asked once the host can try, so a task runs (Q20, Q32). */
function undeliverable(state: EngineState, vcpu: number): number {
  const {config, cells} = state;
  if (cells[kvmOf(state, vcpu) + K.enabled] === 0) return Reason.not_enabled;
  const mode = config.taskModes === null ? TaskMode.user : config.taskModes[state.currentActor(vcpu)];
  if (mode === TaskMode.kernel && config.cpl0 === 'user_only') return Reason.user_only;
  return mode === TaskMode.nested && config.nested !== 'exit_to_l1' ? Reason.nested : none;
}

/**
 * The outcome at a fault, in the order of kvm_faultin_pfn: synchronous if there is nothing to wait for or the host cannot
 * try, a light halt if the page is queued already (LG-S5), synchronous if the queue is full (LG-S4, PI-S8), else queued.
 */
function answer(state: EngineState, vcpu: number, sink: RowSink): void {
  const host = hostOf(state);
  const actor = state.currentActor(vcpu);
  const page = state.accessPage(actor);
  state.put(state.actor(actor) + A.token, 0);
  const pageState = state.pageState(page);
  if (pageState === Page.failed) return giveUp(state, vcpu, sink);
  if (pageState === Page.present) return suspend(state, vcpu, Reason.early, sink);
  const refused = host.refusal(state, vcpu);
  if (refused !== none) return suspend(state, vcpu, refused, sink);
  const other = findItem(state, vcpu, page);
  if (other !== none) {
    const token = state.cells[state.token(other) + T.token];
    return haltArtificially(state, vcpu, Reason.repeated_fault, token, sink);
  }
  if (state.cells[state.vcpu(vcpu) + V.tokensUsed] >= state.config.tokens)
    return suspend(state, vcpu, Reason.no_token, sink);
  queue(state, vcpu, sink);
}

/** kvm_setup_async_pf: the item is queued, then page-not-present is injected or the vCPU halts (PI-S10: before its I/O can end). */
function queue(state: EngineState, vcpu: number, sink: RowSink): void {
  const host = hostOf(state);
  const actor = state.currentActor(vcpu);
  const page = state.accessPage(actor);
  const token = host.takeToken(state, vcpu, sink);
  const slot = takeItem(state, vcpu, actor, token);
  startIo(state, page);
  addWaiter(state, page, slot);
  const reason = host.undeliverable(state, vcpu);
  if (reason !== none) return haltArtificially(state, vcpu, reason, token, sink);
  state.put(itemOf(state, slot) + I.injected, 1);
  host.deliver(state, vcpu, token, sink);
  host.rescan(state, vcpu, sink);
}

/** (id << 12) | vcpu, id from 1 to 2^20 - 1 and round again: never 0 (PI-S6, B2). */
function takeToken(state: EngineState, vcpu: number): number {
  const last = state.vcpu(vcpu) + V.lastToken;
  const id = (state.cells[last] + 1) & 0xfffff;
  state.put(last, id === 0 ? 1 : id);
  return (state.cells[last] << 12) | vcpu;
}

function deliver(state: EngineState, vcpu: number, token: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  state.put(v + V.inuse, Word.notPresent);
  state.put(v + V.dataToken, token); // CR2
  const flags = begin(state, Kind.flags, vcpu);
  ofTask(state, flags, actor);
  flags[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  flags[Row.cause] = causeOf(state, actor);
  flags[Row.reason] = Reason.by_host;
  flags[Row.value] = Word.notPresent;
  send(state, sink);
  release(state, vcpu);
  state.put(state.actor(actor) + A.pc, Pc.copy);
  beginOfFault(state, Kind.delivery, vcpu, actor)[Row.token] = token >>> 0;
  sendOfFault(state, sink, actor);
}

/** The I/O of a page has ended: its items are done, in the order of their tokens; then who sleeps for it wakes. */
function complete(state: EngineState, page: number, result: number, sink: RowSink): void {
  const cause = state.seq - 1;
  state.setPageState(page, result === 0 ? Page.present : Page.failed);
  let slot = state.pageWaiters(page) - 1;
  state.setPageWaiters(page, 0);
  while (slot >= 0) {
    const next = state.cells[state.token(slot) + T.next] - 1;
    arrive(state, page, slot, cause, sink);
    slot = next;
  }
  if (state.cells[state.layout.held] === 0) return;
  for (let vcpu = 0; vcpu < state.config.vcpus && !state.dead; vcpu++) {
    const mode = state.cells[state.vcpu(vcpu) + V.mode];
    if (mode !== Mode.asleep && mode !== Mode.exited) continue;
    const actor = state.currentActor(vcpu);
    if (state.accessPage(actor) !== page) continue;
    state.refs[vcpu * refVcpuCells + RefV.completion] = cause;
    if (mode === Mode.exited) continue; // its fault has yet to be answered
    setCause(state, actor, cause);
    // In the artificial halt the guest finds out by its retry; a synchronous fault knows that its page has failed.
    if (result !== 0 && !sleepsLightly(state, vcpu)) hostOf(state).answer(state, vcpu, sink);
    else {
      wake(state, vcpu, none, sink);
      hostOf(state).rescan(state, vcpu, sink);
    }
  }
}

/** An item is done: its vCPU leaves the artificial halt, and is kicked unless the host holds it (PI-L1, PI-S11). */
function arrive(state: EngineState, page: number, slot: number, cause: number, sink: RowSink): void {
  const vcpu = Math.floor(slot / state.config.tokens);
  const first = !hasDone(state, vcpu);
  appendDone(state, vcpu, slot, cause);
  const mode = state.cells[state.vcpu(vcpu) + V.mode];
  if (mode === Mode.guest) return hostOf(state).kick(state, vcpu, sink);
  if (mode === Mode.halted) return hostOf(state).rescan(state, vcpu, sink); // it enters the guest anew
  if (!sleepsLightly(state, vcpu)) return;
  const actor = state.currentActor(vcpu);
  const own = state.accessPage(actor) === page;
  if (!own && !first) return;
  setCause(state, actor, cause);
  wake(state, vcpu, own ? none : Reason.page_ready, sink);
  hostOf(state).rescan(state, vcpu, sink);
}

/** A device interrupt pends: the artificial halt ends if it can be taken. */
function interrupted(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  if (!sleepsLightly(state, vcpu) || !wouldInterrupt(state, vcpu)) return;
  setCause(state, state.currentActor(vcpu), cause);
  wake(state, vcpu, Reason.interrupt, sink);
  hostOf(state).rescan(state, vcpu, sink);
}

/** An NMI ends the artificial halt; its handler runs before the access is tried again. */
function wakeForNmi(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  if (!sleepsLightly(state, vcpu)) return;
  setCause(state, state.currentActor(vcpu), cause);
  wake(state, vcpu, Reason.nmi, sink);
  hostOf(state).rescan(state, vcpu, sink);
}
