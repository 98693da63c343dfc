import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, ofFault, send, sendOfFault, setCause} from '../../emit.js';
import {A, Access, RefV, refVcpuCells, Status, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {addEarly, findSleeper} from '../pnp/sleepers.js';
import type {GuestStep} from '../port.js';
import {K, kvmOf, RefK, refOfKvm} from './cells.js';
import {dropItem, ofItem, shiftDone} from './items.js';
import {hostOf} from './port.js';
import {firstSleeper, unparkSleeper} from './sleepers.js';

/** READY: what leaves the done list, and what the guest's handler does with the token that it is told. */

/** Values of V.irq: not in the handler; about to read the token, to unpark, to free what it was told by, to ACK, to return. */
export const ReadyPc = {none: 0, consume: 1, unpark: 2, free: 3, ack: 4, iret: 5} as const;

/** The token that wakes all sleepers, 0xffffffff, as a signed word. */
export const wakeAllToken = -1;

/** The token of what stands first in the done list, which is not empty. */
export function headToken(state: EngineState, vcpu: number): number {
  const k = kvmOf(state, vcpu);
  if (state.cells[k + K.wakeAll] !== 0) return wakeAllToken;
  return state.cells[state.token(state.cells[k + K.doneFirst] - 1) + T.token];
}

/** The fault of what stands first in the done list; `none` for a wake-all. */
export function headFault(state: EngineState, vcpu: number): number {
  const k = kvmOf(state, vcpu);
  if (state.cells[k + K.wakeAll] !== 0) return none;
  return state.refs[state.layout.refTokens + state.cells[k + K.doneFirst] - 1];
}

/**
 * kvm_arch_async_page_present: takes what stands first out of the done list, which is not empty, and writes its
 * `resolution`; returns the seq of that if READY is due for it (PI-S4), else `none`.
 */
export function present(state: EngineState, vcpu: number, sink: RowSink): number {
  const k = kvmOf(state, vcpu);
  const token = headToken(state, vcpu);
  const row = begin(state, Kind.resolution, vcpu);
  row[Row.token] = token >>> 0;
  row[Row.result] = 0; // a failed page is ready too: the guest finds out by its retry (B8)
  if (state.cells[k + K.wakeAll] !== 0) {
    const v = state.vcpu(vcpu);
    row[Row.cause] = state.refs[refOfKvm(state, vcpu) + RefK.enable];
    state.put(k + K.wakeAll, 0);
    state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] - 1);
    return send(state, sink);
  }
  const slot = shiftDone(state, vcpu);
  ofItem(state, row, slot);
  row[Row.cause] = state.refs[state.layout.refRing + slot];
  const seq = send(state, sink);
  const injects = hostOf(state).injectsReady(state, vcpu, slot, sink);
  dropItem(state, vcpu, slot);
  return injects ? seq : none;
}

/** READY pends, as an interrupt or an exception to be. */
export function raise(state: EngineState, vcpu: number, fault: number, cause: number, sink: RowSink): void {
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

/** READY is taken, its EOI done: a later one pends anew. */
export function interrupt(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  state.put(v + V.pending, 0);
  state.put(v + V.irq, ReadyPc.consume);
  const row = begin(state, Kind.interrupt, vcpu);
  row[Row.choice] = 1;
  row[Row.task] = state.cells[v + V.task] - 1; // `none` in the idle loop
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.raise];
  state.refs[vcpu * refVcpuCells + RefV.step] = send(state, sink);
}

/**
 * The handler reads its token: it wakes the token's sleeper, or all of them (kvm_async_pf_task_wake, LG-L1), or leaves a
 * dummy for a page-not-present that is yet to come. Returns whether it wakes anyone.
 */
export function consume(state: EngineState, vcpu: number, token: number, sink: RowSink): boolean {
  const v = state.vcpu(vcpu);
  const all = token === wakeAllToken;
  const sleeper = all ? firstSleeper(state, vcpu) : findSleeper(state, vcpu, token);
  const row = begin(state, Kind.consume, vcpu);
  row[Row.choice] = 1;
  if (!all && sleeper !== none) ofFault(state, row, sleeper);
  row[Row.cause] = state.refs[refOfKvm(state, vcpu) + RefK.ready];
  row[Row.token] = token >>> 0;
  row[Row.value] = sleeper === none ? 0 : all ? state.cells[v + V.parked] : 1;
  state.put(v + V.irqActor, sleeper + 1);
  state.put(v + V.irqResult, all && sleeper !== none ? 1 : 0);
  if (sleeper === none && !all) addEarly(state, vcpu, token, 0);
  const seq = send(state, sink);
  if (sleeper !== none) setCause(state, sleeper, seq);
  return sleeper !== none;
}

/** A sleeper becomes runnable; with a wake-all the next one follows, in the order of parking. */
export function unparkThen(next: number): GuestStep {
  return (state, vcpu, sink) => {
    const v = state.vcpu(vcpu);
    const actor = state.cells[v + V.irqActor] - 1;
    const a = state.actor(actor);
    unparkSleeper(state, vcpu, actor);
    state.put(a + A.status, Status.runnable);
    state.put(a + A.access, Access.retry);
    const row = beginOfFault(state, Kind.unpark, vcpu, actor);
    row[Row.choice] = 1;
    row[Row.token] = state.cells[a + A.token] >>> 0;
    row[Row.result] = 0;
    const seq = sendOfFault(state, sink, actor);
    const other = state.cells[v + V.irqResult] !== 0 ? firstSleeper(state, vcpu) : none;
    state.put(v + V.irqActor, other + 1);
    if (other !== none) {
      setCause(state, other, seq);
      return;
    }
    state.put(v + V.irqResult, 0);
    state.put(v + V.irq, next);
  };
}
