import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, send} from '../../emit.js';
import type {EngineState} from '../../state.js';
import {K, kvmOf, RefK, refOfKvm} from '../kvm/cells.js';
import {kvmHost} from '../kvm/host.js';
import {hasDone} from '../kvm/items.js';
import {hostOf, type KvmHost} from '../kvm/port.js';
import {headFault, headToken, present, raise} from '../kvm/ready.js';

/** The host of Linux 5.8 and later: READY is an interrupt of the local APIC, its token stands in a slot of one. */
export const apfIntHost: KvmHost = {...kvmHost, kick, rescan, mayDequeue};

/** kvm_arch_can_dequeue_async_page_present: the LAPIC takes interrupts and the slot is free (PI-S3, PI-L2, B4). */
function mayDequeue(state: EngineState, vcpu: number): boolean {
  const k = kvmOf(state, vcpu);
  return state.cells[k + K.lapic] !== 0 && state.cells[k + K.slot] === 0;
}

/** A vCPU that has READY yet to acknowledge will look at the done list then: it is not kicked. */
function kick(state: EngineState, vcpu: number, sink: RowSink): void {
  if (state.cells[kvmOf(state, vcpu) + K.unacked] === 0) hostOf(state).rescan(state, vcpu, sink);
}

/** kvm_check_async_pf_completion: in the order of completion (PI-S7), while the slot is free. */
function rescan(state: EngineState, vcpu: number, sink: RowSink): void {
  while (hasDone(state, vcpu) && hostOf(state).mayDequeue(state, vcpu, sink)) {
    const token = headToken(state, vcpu);
    const fault = headFault(state, vcpu);
    const cause = present(state, vcpu, sink);
    if (cause !== none) fillSlot(state, vcpu, token, fault, cause, sink);
  }
}

/** READY: the token is in the slot before the interrupt, which a LAPIC that is off does not accept (B4). */
function fillSlot(state: EngineState, vcpu: number, token: number, fault: number, cause: number, sink: RowSink): void {
  const k = kvmOf(state, vcpu);
  state.put(k + K.slot, token);
  state.put(k + K.unacked, 1);
  const row = begin(state, Kind.slot, vcpu);
  row[Row.fault] = fault;
  row[Row.cause] = cause;
  row[Row.token] = token >>> 0;
  row[Row.reason] = Reason.by_host;
  const slot = send(state, sink);
  state.refs[refOfKvm(state, vcpu) + RefK.ready] = slot;
  if (state.cells[k + K.lapic] !== 0) raise(state, vcpu, fault, slot, sink);
}
