import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, causeOf, ofFault, send, sendOfFault} from '../../emit.js';
import {A, Access, Mask, Mode, Page, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {K, kvmOf} from './cells.js';
import {hasDone} from './items.js';
import {hostOf} from './port.js';

/** How the host stops a vCPU: deep in a synchronous fault, or lightly in the artificial halt; and how it lets go. */

/** A synchronous fault: the thread of the vCPU blocks until the page is ready, and takes nothing meanwhile. */
export function suspend(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const page = state.accessPage(state.currentActor(vcpu));
  sleep(state, vcpu, reason, Reason.suspended, sink);
  startIo(state, page);
  if (state.pageState(page) !== Page.present) return;
  wake(state, vcpu, none, sink);
  hostOf(state).rescan(state, vcpu, sink);
}

/**
 * The artificial halt: the vCPU waits for the item of a token, which need not be the fault's own, and takes interrupts
 * meanwhile. With one to take, or READY to be sent, it does not even begin.
 */
export function haltArtificially(state: EngineState, vcpu: number, reason: number, token: number, sink: RowSink): void {
  state.put(state.actor(state.currentActor(vcpu)) + A.token, token);
  sleep(state, vcpu, reason, Reason.artificial_halt, sink);
  state.put(kvmOf(state, vcpu) + K.halted, 1);
  if (state.cells[state.vcpu(vcpu) + V.pending] !== 0 && wouldInterrupt(state, vcpu)) {
    wake(state, vcpu, Reason.interrupt, sink);
  } else if (hasDone(state, vcpu) && hostOf(state).mayDequeue(state, vcpu, sink)) {
    wake(state, vcpu, Reason.page_ready, sink);
  }
  hostOf(state).rescan(state, vcpu, sink);
}

/** The vCPU is in the artificial halt (PI-S11). */
export function sleepsLightly(state: EngineState, vcpu: number): boolean {
  return state.cells[kvmOf(state, vcpu) + K.halted] !== 0;
}

/** An interrupt that pends could be taken, were the vCPU not in the artificial halt: it began with none in service. */
export function wouldInterrupt(state: EngineState, vcpu: number): boolean {
  return state.cells[state.vcpu(vcpu) + V.mask] === Mask.interruptFlag;
}

/** A vCPU that the host stopped leaves its sleep and tries its access again; reason `none`: its page is ready. */
export function wake(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  release(state, vcpu);
  beginOfFault(state, Kind.wakeup, vcpu, actor)[Row.reason] = reason;
  sendOfFault(state, sink, actor);
  state.put(state.actor(actor) + A.access, Access.retry);
}

/** The host lets go of a vCPU that it holds. */
export function release(state: EngineState, vcpu: number): void {
  const mode = state.vcpu(vcpu) + V.mode;
  if (state.cells[mode] === Mode.guest) return;
  state.put(mode, Mode.guest);
  state.put(kvmOf(state, vcpu) + K.halted, 0);
  state.put(state.layout.held, state.cells[state.layout.held] - 1);
}

/** Two faults on one page share its I/O. */
export function startIo(state: EngineState, page: number): void {
  if (state.pageState(page) === Page.absent) state.setPageState(page, Page.inFlight);
}

/** The page is known failed: the repaired form of B8 takes the synchronous way, which ends in userspace's hands. */
export function giveUp(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  beginOfFault(state, Kind.deferral, vcpu, actor)[Row.reason] = Reason.known_failed;
  sendOfFault(state, sink, actor);
  if (!state.config.recovery) return kill(state, vcpu, actor, sink);
  if (state.cells[state.vcpu(vcpu) + V.mode] === Mode.asleep) wake(state, vcpu, none, sink);
  beginOfFault(state, Kind.recovery, vcpu, actor);
  sendOfFault(state, sink, actor);
  release(state, vcpu);
  state.put(state.actor(actor) + A.access, Access.abandon);
  hostOf(state).rescan(state, vcpu, sink);
}

/** The error is logged and the guest is killed, all of it. */
function kill(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  let last = causeOf(state, actor);
  for (const kind of [Kind.log, Kind.kill]) {
    const row = begin(state, kind, vcpu);
    ofFault(state, row, actor);
    row[Row.cause] = last;
    row[Row.reason] = Reason.known_failed;
    last = send(state, sink);
  }
  state.put(state.layout.dead, 1);
}

function sleep(state: EngineState, vcpu: number, why: number, how: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  beginOfFault(state, Kind.deferral, vcpu, actor)[Row.reason] = why;
  sendOfFault(state, sink, actor);
  beginOfFault(state, Kind.sleep, vcpu, actor)[Row.reason] = how;
  sendOfFault(state, sink, actor);
  state.put(state.vcpu(vcpu) + V.mode, Mode.asleep);
}
