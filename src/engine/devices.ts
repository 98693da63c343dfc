import {Kind} from '../protocol/kinds.js';
import {Reason} from '../protocol/reasons.js';
import {none, Row, type RowSink} from '../protocol/row.js';
import {begin, send} from './emit.js';
import {Mode, V} from './layout.js';
import type {EngineState} from './state.js';

/*
 * Interrupts other than READY, under any protocol: normal interrupts too (R20), which a device sends and one step of
 * their handler serves. They tell the ways to wait apart (R26): HLT ends for one, a suspension by hypercall does not.
 */

/** A cell counts those that pend on a vCPU; it stays in the int32 range. */
export const devicesMax = 0x7fff_ffff;

/** Interrupts of devices that the vCPU has yet to serve. */
export function devicesPending(state: EngineState, vcpu: number): number {
  return state.cells[state.layout.devices + vcpu];
}

/** The vCPU can take an interrupt of a device now, and one pends. */
export function mayServe(state: EngineState, vcpu: number): boolean {
  return (
    devicesPending(state, vcpu) > 0 &&
    state.cells[state.vcpu(vcpu) + V.mode] === Mode.guest &&
    state.port.guest.interruptible(state, vcpu)
  );
}

/** A.5.6: the test for interrupts and the halt are one step (STI;HLT), for those of devices too. */
export function mayHalt(state: EngineState, vcpu: number): boolean {
  return devicesPending(state, vcpu) === 0 && state.port.guest.mayHalt(state, vcpu);
}

/** R26: the vCPU waits in HLT, and an interrupt of a device that it can take pends. */
export function endsHlt(state: EngineState, vcpu: number): boolean {
  return (
    devicesPending(state, vcpu) > 0 &&
    state.config.wait === 'hlt' &&
    state.cells[state.vcpu(vcpu) + V.mode] === Mode.halted &&
    state.port.guest.interruptible(state, vcpu)
  );
}

/** An interrupt arrives and pends, whatever the vCPU does; a host whose sleeps can be interrupted is told (Q3). */
export function device(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const vcpu = choice[Row.vcpu];
  const pending = devicesPending(state, vcpu) + 1;
  state.put(state.layout.devices + vcpu, pending);
  const seq = sendOfDevice(state, Kind.device, vcpu, pending, sink);
  if (pending === 1) state.refs[state.layout.refDevices + vcpu] = seq;
  state.port.host.interrupted?.(state, vcpu, seq, sink);
}

/** R20: the vCPU takes one, and its handler runs to its IRET. */
export function serve(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const vcpu = choice[Row.vcpu];
  const pending = devicesPending(state, vcpu) - 1;
  state.put(state.layout.devices + vcpu, pending);
  sendOfDevice(state, Kind.serve, vcpu, pending, sink);
}

/** The protocol knows its own reasons to resume; an interrupt of a device is one of every guest that waits in HLT (R26). */
export function resume(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const vcpu = choice[Row.vcpu];
  if (state.port.guest.mayResume(state, vcpu)) {
    state.port.guest.steps.resume?.(state, vcpu, sink);
    return;
  }
  state.put(state.vcpu(vcpu) + V.mode, Mode.guest);
  const row = begin(state, Kind.resume, vcpu);
  row[Row.choice] = 1;
  row[Row.reason] = Reason.interrupt;
  row[Row.cause] = state.refs[state.layout.refDevices + vcpu];
  send(state, sink);
}

function sendOfDevice(state: EngineState, kind: number, vcpu: number, value: number, sink: RowSink): number {
  const row = begin(state, kind, vcpu);
  const task = state.cells[state.vcpu(vcpu) + V.task] - 1;
  row[Row.choice] = 1;
  row[Row.task] = task < 0 ? none : task;
  row[Row.value] = value;
  return send(state, sink);
}
