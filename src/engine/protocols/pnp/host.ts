import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {devicesPending} from '../../devices.js';
import {begin, beginOfFault, causeOf, ofTask, refOfActor, send, sendOfFault, setCause} from '../../emit.js';
import {A, Access, Mode, Page, Pc, RefA, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {gate, gateWithToken} from './gate.js';
import {deliverLater, keepForLater, tellGva} from './orphans.js';
import {Own, own, Waits} from './own.js';
import {hostOf, type PnpHost} from './port.js';
import {complete, kill, raise, resolve} from './resolve.js';
import {capacity, ringOf} from './rings.js';
import {interruptSleeper, readySleeper, release, waitsFor, wake, wakeToRetry} from './sleep.js';
import {addWaiter, freeToken, outstandingFor, takeToken} from './tokens.js';

/** The host of the proposal (A. Lutomirski, 2020-04-08); each open point is an option. */
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
  interrupted: interruptSleeper,
};

/**
 * R9 if no gate is shut, else R10 to R12. Also the re-evaluation when the I/O of a sleeper failed (Q18), and the
 * delivery of an orphan to a vCPU that runs (Q14).
 */
function answer(state: EngineState, vcpu: number, sink: RowSink): void {
  if (state.cells[state.vcpu(vcpu) + V.mode] === Mode.guest) return deliverLater(state, vcpu, sink);
  const {config} = state;
  const page = state.accessPage(state.currentActor(vcpu));
  if (config.ioStart === 'fault') startIo(state, page); // Q4
  const isEarly = state.pageState(page) === Page.present || state.pageState(page) === Page.failed;
  if (isEarly && config.earlyCancel && state.pageState(page) === Page.present)
    return hostOf(state).defer(state, vcpu, Reason.page_ready, sink); // Q13
  if (isEarly && config.earlyOrphan !== 'forbid' && mayOrphan(state, vcpu)) return resolveFirst(state, vcpu, sink);
  const reason = hostOf(state).gate(state, vcpu);
  if (reason === none) hostOf(state).deliver(state, vcpu, sink);
  else hostOf(state).defer(state, vcpu, reason, sink);
}

/** A token is free for a resolution ahead of the gates, and no orphan of the vCPU is undelivered yet. */
function mayOrphan(state: EngineState, vcpu: number): boolean {
  const {config, cells} = state;
  if (cells[own(state, vcpu) + Own.laterToken] !== 0) return false;
  return cells[state.vcpu(ringOf(config, vcpu)) + V.tokensUsed] < capacity(config);
}

/** Q14: the host resolves before it knows that it can deliver; what cannot be delivered is then an orphan. */
function resolveFirst(state: EngineState, vcpu: number, sink: RowSink): void {
  const reason = gateWithToken(state, vcpu);
  if (reason === none) wake(state, vcpu, none, sink);
  const slot = hostOf(state).takeToken(state, vcpu, state.currentActor(vcpu));
  const token = state.cells[state.token(slot) + T.token];
  resolveEarly(state, vcpu, slot, sink);
  if (state.dead) return;
  if (reason === none) return fillOut(state, vcpu, token, none, sink);
  if (state.config.earlyOrphan === 'deliver_later') keepForLater(state, vcpu, token);
  hostOf(state).defer(state, vcpu, reason, sink);
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
  wake(state, vcpu, none, sink);
  const shared = state.config.dedup === 'share_token' ? outstandingFor(state, vcpu, page) : none; // Q15
  const slot = shared === none ? hostOf(state).takeToken(state, vcpu, actor) : shared;
  const token = state.cells[state.token(slot) + T.token];
  const pageState = state.pageState(page);
  if (pageState === Page.present || pageState === Page.failed) resolveEarly(state, vcpu, slot, sink);
  else if (shared === none) addWaiter(state, page, slot);
  if (state.dead) return;
  fillOut(state, vcpu, token, shared === none ? none : Reason.repeated_fault, sink);
  if (state.config.ioStart === 'delivery') startIo(state, page);
}

/** R15: the ring entry is written before the event is delivered. */
function resolveEarly(state: EngineState, vcpu: number, slot: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const ready = state.refs[vcpu * refVcpuCells + RefV.completion];
  const result = state.pageState(state.accessPage(actor)) === Page.failed ? 1 : 0;
  hostOf(state).resolve(state, vcpu, slot, result, ready === none ? causeOf(state, actor) : ready, sink);
}

/** R9: the structure is filled out for the vCPU's fault, `inuse` with it (R3), then the event is delivered. */
export function fillOut(state: EngineState, vcpu: number, token: number, reason: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  state.put(v + V.dataToken, token | 0);
  state.put(v + V.dataPage, state.accessPage(actor));
  state.put(v + V.dataOffset, state.cells[a + A.offset]);
  tellGva(state, vcpu, state.cells[a + A.gvaLo], state.cells[a + A.gvaHi], state.cells[state.layout.fetches + actor]);
  state.put(v + V.inuse, 1); // R3
  const inuse = begin(state, Kind.inuse, vcpu);
  ofTask(state, inuse, actor);
  inuse[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  inuse[Row.cause] = causeOf(state, actor);
  inuse[Row.reason] = Reason.by_host;
  inuse[Row.value] = 1;
  send(state, sink);
  release(state, vcpu);
  state.put(a + A.pc, Pc.copy);
  const delivery = beginOfFault(state, Kind.delivery, vcpu, actor);
  delivery[Row.token] = token >>> 0;
  delivery[Row.reason] = reason;
  sendOfFault(state, sink, actor);
}

/** R10 (a), R11 (b), R12 (c). A sleep has its I/O started or its page ready, unless it waits for a token only. */
function defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const page = state.accessPage(actor);
  beginOfFault(state, Kind.deferral, vcpu, actor)[Row.reason] = reason;
  sendOfFault(state, sink, actor);
  if (state.pageState(page) === Page.failed) return giveUp(state, vcpu, sink);
  const waits = waitsFor(state, vcpu, reason);
  if (waits !== Waits.token) startIo(state, page);
  beginOfFault(state, Kind.sleep, vcpu, actor);
  const seq = sendOfFault(state, sink, actor);
  state.put(state.vcpu(vcpu) + V.mode, Mode.asleep);
  state.put(own(state, vcpu) + Own.waits, waits);
  if (state.pageState(page) === Page.present && waits !== Waits.token) {
    const ready = state.refs[vcpu * refVcpuCells + RefV.completion];
    if (ready !== none) setCause(state, actor, ready);
    wakeToRetry(state, vcpu, sink);
  } else if (state.cells[state.vcpu(vcpu) + V.pending] !== 0) {
    readySleeper(state, vcpu, seq, sink);
  } else if (devicesPending(state, vcpu) !== 0) {
    interruptSleeper(state, vcpu, seq, sink);
  }
}

/** R11 (b), or with the recovery mechanism R12 (c): the page is known failed and page-not-present cannot be delivered. */
function giveUp(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  if (!state.config.recovery)
    return hostOf(state).kill(state, vcpu, actor, Reason.known_failed, none, causeOf(state, actor), sink); // R11
  wake(state, vcpu, none, sink);
  beginOfFault(state, Kind.recovery, vcpu, actor); // R12
  sendOfFault(state, sink, actor);
  release(state, vcpu);
  state.put(state.actor(actor) + A.access, Access.abandon);
}
