import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {beginOfFault, sendOfFault, setCause} from '../../emit.js';
import {A, Access, Mode, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {acceptsInterrupts} from './gate.js';
import {Own, own, Waits} from './own.js';
import {ringOf} from './rings.js';

/** The host lets go of a vCPU that it holds. */
export function release(state: EngineState, vcpu: number): void {
  const mode = state.vcpu(vcpu) + V.mode;
  if (state.cells[mode] === Mode.guest) return;
  state.put(mode, Mode.guest);
  state.put(state.layout.held, state.cells[state.layout.held] - 1);
}

/** A vCPU that sleeps leaves its sleep; one that does not is as it was. The reason is `none` when its page is why. */
export function wake(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.asleep) return;
  const actor = state.currentActor(vcpu);
  release(state, vcpu);
  state.put(own(state, vcpu) + Own.waits, Waits.page);
  beginOfFault(state, Kind.wakeup, vcpu, actor)[Row.reason] = reason;
  sendOfFault(state, sink, actor);
}

/** The page is there: the access goes through when it is tried again. */
export function wakeToRetry(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  wake(state, vcpu, none, sink);
  state.put(state.actor(actor) + A.access, Access.retry);
}

/** Something else came: the access is tried again within its fault. */
function wakeToTryAgain(state: EngineState, vcpu: number, reason: number, cause: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  setCause(state, actor, cause);
  wake(state, vcpu, reason, sink);
  state.put(state.actor(actor) + A.access, Access.again);
}

/**
 * Q2: what a vCPU that is about to sleep for this reason waits for. It waits for a token only where one is out, and
 * where it could take the READY that comes with it: else it would wait for ever.
 */
export function waitsFor(state: EngineState, vcpu: number, reason: number): number {
  const {config, cells} = state;
  if (config.sleepUntil === 'page_ready' || (reason !== Reason.no_token && reason !== Reason.in_use)) return Waits.page;
  const used = cells[state.vcpu(ringOf(config, vcpu)) + V.tokensUsed];
  if (used === 0 || !acceptsInterrupts(state, vcpu)) return Waits.page;
  return config.sleepUntil === 'token_free' ? Waits.token : Waits.either;
}

/** READY pends: a sleep that waits for a resolution (Q2) ends, and one that interrupts may end (Q3). */
export function readySleeper(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  const waits = state.cells[own(state, vcpu) + Own.waits] !== Waits.page;
  if (waits && isInterruptible(state, vcpu)) wakeToTryAgain(state, vcpu, Reason.resolution, cause, sink);
  else interruptSleeper(state, vcpu, cause, sink);
}

/** Any interrupt pends: a sleep that interrupts may end ends (Q3). */
export function interruptSleeper(state: EngineState, vcpu: number, cause: number, sink: RowSink): void {
  if (state.config.sleepInterruptible && isInterruptible(state, vcpu))
    wakeToTryAgain(state, vcpu, Reason.interrupt, cause, sink);
}

function isInterruptible(state: EngineState, vcpu: number): boolean {
  return state.cells[state.vcpu(vcpu) + V.mode] === Mode.asleep && acceptsInterrupts(state, vcpu);
}

/** A token of the ring has become free: whoever sleeps for one tries again (Q2). */
export function wakeForToken(state: EngineState, ring: number, cause: number, sink: RowSink): void {
  if (state.config.sleepUntil === 'page_ready') return;
  for (let vcpu = 0; vcpu < state.config.vcpus; vcpu++) {
    if (ringOf(state.config, vcpu) !== ring || state.cells[own(state, vcpu) + Own.waits] === Waits.page) continue;
    wakeToTryAgain(state, vcpu, Reason.resolution, cause, sink);
  }
}
