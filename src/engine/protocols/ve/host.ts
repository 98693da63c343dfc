import {TaskMode} from '../../../protocol/engine-config.js';
import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, causeOf, ofFault, ofTask, refOfActor, send, sendOfFault, setCause} from '../../emit.js';
import {A, Access, Mode, Page, RefA, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {pnpHost} from '../pnp/host.js';
import {
  EntryState,
  entryState,
  guestCurrent,
  hostCurrent,
  ownerOf,
  queueCompletion,
  setEntryState,
  setHostCurrent,
  takeCompletion,
  VePc,
} from './page.js';
import {hostOf, type VeHost} from './port.js';

/**
 * The hardware and the host of T. Gleixner's sketch (9 Apr 2020). The hardware converts an EPT violation to #VE, and the
 * host learns of the fault by hypercall_ve; a violation that is not converted is a VM exit, and the host suspends the
 * vCPU. Repaired: one completion at a time is on its way to the guest, so that host_current is never overwritten.
 */
export const veHost: VeHost = {
  learnsLate: true,
  available: (state, page) => state.pageState(page) === Page.present,
  gate,
  answer,
  deliver,
  defer,
  tell,
  complete,
  resolve,
  notify,
  handled,
  kill: pnpHost.kill,
};

/**
 * VE-S1, VE-S2: #VE needs the suppress bit clear, which it never is without entries to put it into (tokens 0), the
 * guest's own EPT, not that of a guest nested in it, and a busy word of 0. IF does not count; no fault comes while an
 * event is being vectored (Q28).
 */
function gate(state: EngineState, vcpu: number): number {
  if (state.config.tokens === 0) return Reason.no_token;
  const actor = state.currentActor(vcpu);
  if (actor < state.config.tasks && state.config.taskModes?.[actor] === TaskMode.nested) return Reason.nested;
  return state.cells[state.vcpu(vcpu) + V.inuse] === 0 ? none : Reason.busy;
}

/** Also the answer anew when the I/O of a suspended vCPU failed (Q18): its busy word is what it was. */
function answer(state: EngineState, vcpu: number, sink: RowSink): void {
  const reason = hostOf(state).gate(state, vcpu);
  if (reason === none) hostOf(state).deliver(state, vcpu, sink);
  else hostOf(state).defer(state, vcpu, reason, sink);
}

/** VE-S1: the hardware fills hw_info out, sets every bit of the busy word, and enters the handler, whichever it runs in (R27). */
function deliver(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  state.put(v + V.dataPage, state.accessPage(actor));
  state.put(v + V.dataOffset, state.cells[a + A.offset]);
  state.put(v + V.dataGvaLo, state.cells[a + A.gvaLo]);
  state.put(v + V.dataGvaHi, state.cells[a + A.gvaHi]);
  state.put(v + V.inuse, 1);
  const busy = begin(state, Kind.busy, vcpu);
  ofTask(state, busy, actor);
  busy[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  busy[Row.cause] = causeOf(state, actor);
  busy[Row.reason] = Reason.by_host;
  busy[Row.value] = 1;
  send(state, sink);
  release(state, vcpu);
  state.put(a + A.pc, VePc.copy);
  beginOfFault(state, Kind.delivery, vcpu, actor);
  sendOfFault(state, sink, actor);
}

/** VE-S2: the vCPU is suspended until its page is ready. A page known failed has nothing to wait for (R11, R12). */
function defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const page = state.accessPage(actor);
  beginOfFault(state, Kind.deferral, vcpu, actor)[Row.reason] = reason;
  sendOfFault(state, sink, actor);
  if (state.pageState(page) === Page.failed) {
    if (!state.config.recovery)
      return hostOf(state).kill(state, vcpu, actor, Reason.known_failed, none, causeOf(state, actor), sink); // R11
    wake(state, vcpu, actor, sink);
    beginOfFault(state, Kind.recovery, vcpu, actor); // R12
    sendOfFault(state, sink, actor);
    release(state, vcpu);
    state.put(state.actor(actor) + A.access, Access.abandon);
    return;
  }
  startIo(state, page);
  suspend(state, vcpu, actor, Reason.suspended, sink);
  if (state.pageState(page) !== Page.present) return;
  const ready = state.refs[vcpu * refVcpuCells + RefV.completion];
  if (ready !== none) setCause(state, actor, ready);
  wakeToRetry(state, vcpu, actor, sink);
}

/**
 * The host reads the entry of guest_current, and knows of the fault from here on. A page that is ready or failed by then
 * is resolved at once, before the guest can wait for it (R15, R16).
 */
function tell(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  const slot = guestCurrent(state, vcpu);
  const actor = ownerOf(state, slot);
  if (actor < 0) return killBadState(state, slot, cause, sink);
  const page = state.accessPage(actor);
  const pageState = state.pageState(page);
  if (pageState === Page.present || pageState === Page.failed)
    return hostOf(state).resolve(state, slot, pageState === Page.failed ? 1 : 0, cause, sink);
  startIo(state, page);
  addWaiter(state, page, slot);
  if (entryState(state, slot) !== EntryState.suspendMe) return;
  state.put(state.layout.held, state.cells[state.layout.held] + 1);
  suspend(state, vcpu, actor, Reason.suspend_me, sink); // VE-S7
}

/** Every entry that waits for the page is resolved; then who is suspended without one goes on, or is judged anew. */
function complete(state: EngineState, page: number, result: number, sink: RowSink): void {
  const cause = state.seq - 1;
  state.setPageState(page, result === 0 ? Page.present : Page.failed); // Q17: failed for good
  let slot = state.pageWaiters(page) - 1;
  state.setPageWaiters(page, 0);
  while (slot >= 0) {
    const next = state.cells[state.token(slot) + T.next] - 1;
    state.put(state.token(slot) + T.next, 0);
    completeEntry(state, slot, result, cause, sink);
    if (state.dead) return;
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
    if (result === 0) wakeToRetry(state, vcpu, actor, sink);
    else hostOf(state).answer(state, vcpu, sink);
  }
}

/** Host completion of the sketch: SUSPEND_ME resumes the vCPU, CAN_CONTINUE queues the completion. */
function completeEntry(state: EngineState, slot: number, result: number, cause: number, sink: RowSink): void {
  const old = entryState(state, slot);
  const actor = ownerOf(state, slot);
  hostOf(state).resolve(state, slot, result, cause, sink);
  if (state.dead) return;
  const resolution = state.refs[state.layout.refRing + slot];
  if (old === EntryState.canContinue) return hostOf(state).notify(state, slot, resolution, sink);
  setCause(state, actor, resolution);
  wake(state, Math.floor(slot / state.config.tokens), actor, sink);
}

/** VE-S4: only an entry that CAN_CONTINUE or is SUSPEND_ME can be completed; any other kills the guest. */
function resolve(state: EngineState, slot: number, result: number, cause: number, sink: RowSink): void {
  const old = entryState(state, slot);
  if (old !== EntryState.canContinue && old !== EntryState.suspendMe) return killBadState(state, slot, cause, sink);
  setEntryState(state, slot, result === 0 ? EntryState.resolved : EntryState.fail);
  const row = begin(state, Kind.resolution, Math.floor(slot / state.config.tokens));
  ofFault(state, row, ownerOf(state, slot));
  row[Row.cause] = cause;
  row[Row.token] = slot % state.config.tokens;
  row[Row.result] = result;
  state.refs[state.layout.refRing + slot] = send(state, sink);
}

/** VE-S8: the completion is injected if none is on its way, else it waits its turn. */
function notify(state: EngineState, slot: number, cause: number, sink: RowSink): void {
  const vcpu = Math.floor(slot / state.config.tokens);
  queueCompletion(state, vcpu, slot);
  if (hostCurrent(state, vcpu) === none) inject(state, vcpu, takeCompletion(state, vcpu), cause, sink);
}

/** VE-S8: the guest is done with host_current, which is free for the next. */
function handled(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  setHostCurrent(state, vcpu, none);
  const slot = takeCompletion(state, vcpu);
  if (slot !== none) inject(state, vcpu, slot, cause, sink);
}

/** Writes host_current and makes the completion vector pending, a normal interrupt that waits for IF=1 (R20). */
export function inject(state: EngineState, vcpu: number, slot: number, cause: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const pending = state.cells[v + V.pending] !== 0;
  setHostCurrent(state, vcpu, slot);
  state.put(v + V.pending, 1);
  const row = begin(state, Kind.raise, vcpu);
  const owner = ownerOf(state, slot);
  if (owner >= 0) row[Row.fault] = state.refs[refOfActor(state, owner) + RefA.fault];
  row[Row.cause] = cause;
  if (pending) row[Row.reason] = Reason.coalesced;
  const seq = send(state, sink);
  if (!pending) state.refs[vcpu * refVcpuCells + RefV.raise] = seq;
}

/** The entry is in a state that the host cannot make sense of (VE-S4). */
function killBadState(state: EngineState, slot: number, cause: number, sink: RowSink): void {
  const {tokens, tasks} = state.config;
  const vcpu = Math.floor(slot / tokens);
  const owner = ownerOf(state, slot);
  const current = state.currentActor(vcpu);
  const actor = owner >= 0 ? owner : current >= 0 ? current : tasks + vcpu;
  hostOf(state).kill(state, vcpu, actor, Reason.bad_state, slot % tokens, cause, sink);
}

/** Two faults on one page share its I/O (Q15). */
function startIo(state: EngineState, page: number): void {
  if (state.pageState(page) === Page.absent) state.setPageState(page, Page.inFlight);
}

function suspend(state: EngineState, vcpu: number, actor: number, reason: number, sink: RowSink): void {
  beginOfFault(state, Kind.sleep, vcpu, actor)[Row.reason] = reason;
  sendOfFault(state, sink, actor);
  state.put(state.vcpu(vcpu) + V.mode, Mode.asleep);
}

/** The host lets go of a vCPU that it holds. */
function release(state: EngineState, vcpu: number): void {
  const mode = state.vcpu(vcpu) + V.mode;
  if (state.cells[mode] === Mode.guest) return;
  state.put(mode, Mode.guest);
  state.put(state.layout.held, state.cells[state.layout.held] - 1);
}

/** A suspended vCPU is resumed; one that is not is as it was. */
function wake(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.asleep) return;
  release(state, vcpu);
  beginOfFault(state, Kind.wakeup, vcpu, actor);
  sendOfFault(state, sink, actor);
}

function wakeToRetry(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  wake(state, vcpu, actor, sink);
  state.put(state.actor(actor) + A.access, Access.retry);
}

/** Puts an entry among the page's waiters, which stand in the order of their resolution: by index, then vCPU (Q30). */
function addWaiter(state: EngineState, page: number, slot: number): void {
  const {tokens} = state.config;
  let previous = 0;
  let next = state.pageWaiters(page);
  while (next !== 0) {
    const other = (next - 1) % tokens;
    if (other > slot % tokens || (other === slot % tokens && next - 1 > slot)) break;
    previous = next;
    next = state.cells[state.token(next - 1) + T.next];
  }
  state.put(state.token(slot) + T.next, next);
  if (previous === 0) state.setPageWaiters(page, slot + 1);
  else state.put(state.token(previous - 1) + T.next, slot + 1);
}
