import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, send} from '../../emit.js';
import {RefV, refVcpuCells, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {I, itemOf, K, kvmOf, RefK, refOfKvm} from '../kvm/cells.js';
import {kvmHost, Word} from '../kvm/host.js';
import {hasDone} from '../kvm/items.js';
import type {KvmHost} from '../kvm/port.js';
import {headFault, headToken, present, raise} from '../kvm/ready.js';

/**
 * The host of Linux up to 5.7: READY is a #PF too, its token in CR2, its kind in the same word as page-not-present. It
 * can be injected only where an interrupt could, so it is asked for first, and presented when the guest takes it.
 */
export const apfPfHost: KvmHost = {...kvmHost, kick: rescan, rescan, mayDequeue};

/** READY can be asked for, or an item that needs none can go (LG-S3: one at a time). */
function mayDequeue(state: EngineState, vcpu: number): boolean {
  return state.cells[state.vcpu(vcpu) + V.pending] === 0;
}

/** The first of the done list is an item whose page-not-present was not injected: it needs no READY (B3, B7). */
function needsNoReady(state: EngineState, vcpu: number): boolean {
  const k = kvmOf(state, vcpu);
  if (state.cells[k + K.wakeAll] !== 0) return false;
  return state.cells[itemOf(state, state.cells[k + K.doneFirst] - 1) + I.injected] === 0;
}

/** Lets go what needs no READY, then asks for one for the next. */
function rescan(state: EngineState, vcpu: number, sink: RowSink): void {
  if (state.cells[state.vcpu(vcpu) + V.pending] !== 0) return;
  while (hasDone(state, vcpu) && needsNoReady(state, vcpu)) present(state, vcpu, sink);
  if (!hasDone(state, vcpu)) return;
  const cause = state.cells[kvmOf(state, vcpu) + K.wakeAll] !== 0 ? enableOf(state, vcpu) : completionOf(state, vcpu);
  raise(state, vcpu, headFault(state, vcpu), cause, sink);
}

function enableOf(state: EngineState, vcpu: number): number {
  return state.refs[refOfKvm(state, vcpu) + RefK.enable];
}

/** The completion of the first of the done list. */
function completionOf(state: EngineState, vcpu: number): number {
  return state.refs[state.layout.refRing + state.cells[kvmOf(state, vcpu) + K.doneFirst] - 1];
}

/** The guest takes READY: the host writes the word and CR2 with the injection (LG-S1, LG-S6). */
export function injectReady(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const token = headToken(state, vcpu);
  const fault = headFault(state, vcpu);
  const cause = present(state, vcpu, sink);
  if (cause === none) return;
  state.put(v + V.inuse, Word.ready);
  state.put(v + V.dataToken, token);
  const row = begin(state, Kind.flags, vcpu);
  row[Row.fault] = fault;
  row[Row.cause] = cause;
  row[Row.reason] = Reason.by_host;
  row[Row.value] = Word.ready;
  state.refs[refOfKvm(state, vcpu) + RefK.ready] = send(state, sink);
}

/** The row that READY's handler began with. */
export function handlerOf(state: EngineState, vcpu: number): number {
  return state.refs[vcpu * refVcpuCells + RefV.step];
}
