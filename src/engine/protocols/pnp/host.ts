import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, causeOf, ofFault, ofTask, refOfActor, send, sendOfFault, setCause} from '../../emit.js';
import {A, Access, IrqPc, Mask, Mode, Page, Pc, RefA, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {hostOf, type PnpHost} from './port.js';
import {writeEntry} from './ring.js';

/** The host of the proposal (A. Lutomirski, 2020-04-08), with the default of every open point. */
export const pnpHost: PnpHost = {
  available: (state, page) => state.pageState(page) === Page.present,
  gate,
  answer,
  deliver,
  defer,
  takeToken,
  freeToken,
  complete,
  resolve,
  raise,
  kill,
};

/**
 * R5 to R8 in the order of the decision function: the interrupt semantics, then `inuse`, then tokens. An interrupt or
 * NMI handler runs with IF=0, and so does the page-not-present handler unless it sets IF first (handler.interrupts).
 */
function gate(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells, config} = state;
  const mask = cells[v + V.mask];
  const inHandler = cells[v + V.nmi] !== 0 || cells[v + V.irq] !== IrqPc.none || handlerBlocks(state, v);
  if (inHandler || (mask & Mask.interruptFlag) === 0) return Reason.interrupts_off; // R5
  if ((mask & Mask.stiShadow) !== 0) return Reason.sti_shadow; // R5
  if ((mask & Mask.movssShadow) !== 0) return Reason.movss_shadow; // R5
  if (config.checkTpr && (mask & Mask.tpr) !== 0) return Reason.tpr; // R6
  if (cells[v + V.inuse] !== 0) return Reason.in_use; // R7
  if (cells[v + V.tokensUsed] >= config.tokens) return Reason.no_token; // R8, R14
  return none;
}

function handlerBlocks(state: EngineState, v: number): boolean {
  const task = state.cells[v + V.task] - 1;
  return task >= 0 && state.cells[state.actor(task) + A.pc] !== Pc.none && !state.config.handlerInterrupts;
}

/** R9 if no gate is shut, else R10 to R12. Also the re-evaluation when the I/O of a sleeper failed (Q18). */
function answer(state: EngineState, vcpu: number, sink: RowSink): void {
  const page = state.accessPage(state.currentActor(vcpu));
  if (state.config.ioStart === 'fault') startIo(state, page); // Q4
  const reason = hostOf(state).gate(state, vcpu);
  if (reason === none) hostOf(state).deliver(state, vcpu, sink);
  else hostOf(state).defer(state, vcpu, reason, sink);
}

/** Two faults on one page share its I/O (Q15). */
function startIo(state: EngineState, page: number): void {
  if (state.pageState(page) === Page.absent) state.setPageState(page, Page.inFlight);
}

/**
 * R9. A page that is ready or failed by then is resolved first, which is legal (R15), and only once delivery is certain
 * (Q14); so is a failed page touched again (R23).
 */
function deliver(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const page = state.accessPage(actor);
  wake(state, vcpu, actor, sink);
  const slot = hostOf(state).takeToken(state, vcpu, actor);
  const token = state.cells[state.token(slot) + T.token];
  const cause = causeOf(state, actor);
  const pageState = state.pageState(page);
  if (pageState === Page.present || pageState === Page.failed) {
    const ready = state.refs[vcpu * refVcpuCells + RefV.completion];
    const result = pageState === Page.failed ? 1 : 0;
    hostOf(state).resolve(state, vcpu, slot, result, ready === none ? cause : ready, sink);
    if (state.dead) return;
  } else {
    addWaiter(state, page, slot);
  }
  fillOut(state, vcpu, token, cause, sink);
}

/** R9: the structure is filled out for the vCPU's fault, then the event is delivered. */
export function fillOut(state: EngineState, vcpu: number, token: number, cause: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const page = state.accessPage(actor);
  state.put(v + V.dataToken, token | 0);
  state.put(v + V.dataPage, page);
  state.put(v + V.dataOffset, state.cells[a + A.offset]);
  state.put(v + V.dataGvaLo, state.cells[a + A.gvaLo]);
  state.put(v + V.dataGvaHi, state.cells[a + A.gvaHi]);
  state.put(v + V.inuse, 1); // R3
  const inuse = begin(state, Kind.inuse, vcpu);
  ofTask(state, inuse, actor);
  inuse[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  inuse[Row.cause] = cause;
  inuse[Row.reason] = Reason.by_host;
  inuse[Row.value] = 1;
  send(state, sink);
  release(state, vcpu);
  state.put(a + A.pc, Pc.copy);
  const delivery = beginOfFault(state, Kind.delivery, vcpu, actor);
  delivery[Row.token] = token >>> 0;
  sendOfFault(state, sink, actor);
  if (state.config.ioStart === 'delivery') startIo(state, page);
}

/** R10 (a), R11 (b), R12 (c). A sleep always has its I/O started, or its page is ready at once. */
function defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
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
  beginOfFault(state, Kind.sleep, vcpu, actor);
  sendOfFault(state, sink, actor);
  state.put(v + V.mode, Mode.asleep);
  if (state.pageState(page) !== Page.present) return;
  const ready = state.refs[vcpu * refVcpuCells + RefV.completion];
  if (ready !== none) setCause(state, actor, ready);
  wakeToRetry(state, vcpu, actor, sink);
}

/** The host lets go of a vCPU that it holds. */
function release(state: EngineState, vcpu: number): void {
  const mode = state.vcpu(vcpu) + V.mode;
  if (state.cells[mode] === Mode.guest) return;
  state.put(mode, Mode.guest);
  state.put(state.layout.held, state.cells[state.layout.held] - 1);
}

/** A vCPU that sleeps leaves its sleep; one that does not is as it was. */
export function wake(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.asleep) return;
  release(state, vcpu);
  beginOfFault(state, Kind.wakeup, vcpu, actor);
  sendOfFault(state, sink, actor);
}

function wakeToRetry(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  wake(state, vcpu, actor, sink);
  state.put(state.actor(actor) + A.access, Access.retry);
}

/** Q9: monotone u32 that skips 0 and 0xffffffff. */
export function tokenAfter(last: number): number {
  const next = ((last >>> 0) + 1) % 0xffffffff;
  return next === 0 ? 1 : next;
}

function takeToken(state: EngineState, vcpu: number, actor: number): number {
  const v = state.vcpu(vcpu);
  const slot = state.cells[v + V.freeSlot] - 1;
  const t = state.token(slot);
  const token = tokenAfter(state.cells[v + V.lastToken]);
  state.put(v + V.freeSlot, state.cells[t + T.next]);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] + 1);
  state.put(v + V.lastToken, token | 0);
  state.put(t + T.token, token | 0);
  state.put(t + T.actor, actor + 1);
  state.put(t + T.next, 0);
  state.refs[state.layout.refTokens + slot] = state.refs[refOfActor(state, actor) + RefA.fault];
  return slot;
}

function freeToken(state: EngineState, vcpu: number, slot: number): void {
  const v = state.vcpu(vcpu);
  const t = state.token(slot);
  state.put(t + T.token, 0);
  state.put(t + T.actor, 0);
  state.put(t + T.next, state.cells[v + V.freeSlot]);
  state.put(v + V.freeSlot, slot + 1);
  state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] - 1);
}

/** Puts a token slot among the page's waiters, which stand in the order of their resolution: by token, then vCPU (Q30). */
function addWaiter(state: EngineState, page: number, slot: number): void {
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

/** R13: every token that waits for the page is resolved, exactly once; then who sleeps for it wakes, or is judged anew (Q18). */
function complete(state: EngineState, page: number, result: number, sink: RowSink): void {
  const cause = state.seq - 1;
  state.setPageState(page, result === 0 ? Page.present : Page.failed); // Q17: failed for good
  let slot = state.pageWaiters(page) - 1;
  state.setPageWaiters(page, 0);
  while (slot >= 0) {
    const next = state.cells[state.token(slot) + T.next] - 1;
    state.put(state.token(slot) + T.next, 0);
    hostOf(state).resolve(state, Math.floor(slot / state.config.tokens), slot, result, cause, sink);
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

/** R17, or R18 if the ring is full; then R19. */
function resolve(state: EngineState, vcpu: number, slot: number, result: number, cause: number, sink: RowSink): void {
  const t = state.token(slot);
  const owner = state.cells[t + T.actor] - 1;
  const seq = writeEntry(state, vcpu, owner, state.cells[t + T.token], result, slot, cause, sink);
  if (seq === none) return;
  hostOf(state).raise(state, vcpu, state.refs[state.layout.refTokens + slot], seq, sink);
}

/** R19, R20: a normal interrupt, raised on every write; one pending bit, so that raises coalesce (Q12). */
function raise(state: EngineState, vcpu: number, fault: number, cause: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const pending = state.cells[v + V.pending] !== 0;
  state.put(v + V.pending, 1);
  const row = begin(state, Kind.raise, vcpu);
  row[Row.fault] = fault;
  row[Row.cause] = cause;
  if (pending) row[Row.reason] = Reason.coalesced;
  const seq = send(state, sink);
  if (!pending) state.refs[vcpu * refVcpuCells + RefV.raise] = seq;
}

/** R11: an error is logged and the guest is killed; R18, Q24: it is killed, at once. The whole guest stops (Q35). */
function kill(
  state: EngineState,
  vcpu: number,
  actor: number,
  reason: number,
  token: number,
  cause: number,
  sink: RowSink,
): void {
  let last = cause;
  const kinds = reason === Reason.known_failed ? logThenKill : killOnly;
  for (const kind of kinds) {
    const row = begin(state, kind, vcpu);
    ofFault(state, row, actor);
    row[Row.cause] = last;
    row[Row.reason] = reason;
    row[Row.token] = token;
    last = send(state, sink);
  }
  state.put(state.layout.dead, 1);
}

const logThenKill = [Kind.log, Kind.kill] as const;
const killOnly = [Kind.kill] as const;
