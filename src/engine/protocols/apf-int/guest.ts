import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofTask, send} from '../../emit.js';
import {RefV, refVcpuCells, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {K, kvmOf} from '../kvm/cells.js';
import {
  interruptible,
  iretThen,
  kvmSteps,
  mayHalt,
  mayResume,
  mustEnable,
  nextStepOf,
  resetWord,
} from '../kvm/guest.js';
import {hostOf} from '../kvm/port.js';
import {consume, interrupt, ReadyPc, unparkThen} from '../kvm/ready.js';
import type {GuestPort} from '../port.js';

const readySteps = {
  [ReadyPc.consume]: Kind.consume,
  [ReadyPc.unpark]: Kind.unpark,
  [ReadyPc.free]: Kind.slot,
  [ReadyPc.ack]: Kind.ack,
  [ReadyPc.iret]: Kind.iret,
};

/** The guest of Linux 5.8 and later (arch/x86/kernel/kvm.c): EOI first, then the token, the slot, the ACK. */
export const apfIntGuest: GuestPort = {
  nextStep: nextStepOf(bootStep, readySteps),
  interruptible,
  mayHalt,
  mayResume,
  steps: {
    ...kvmSteps,
    lapic,
    flags: resetWord,
    interrupt,
    consume: (state, vcpu, sink) => {
      const wakes = consume(state, vcpu, state.cells[kvmOf(state, vcpu) + K.slot], sink);
      state.put(state.vcpu(vcpu) + V.irq, wakes ? ReadyPc.unpark : ReadyPc.free);
    },
    unpark: unparkThen(ReadyPc.free),
    slot: freeSlot,
    ack,
    iret: iretThen(() => {}),
  },
};

/** The first steps of a vCPU: the order of Linux, whose LAPIC may be off when it enables (B4). */
function bootStep(state: EngineState, vcpu: number): number {
  if (mustEnable(state, vcpu)) return Kind.enable;
  return state.cells[kvmOf(state, vcpu) + K.lapic] === 0 ? Kind.lapic : none;
}

/** The LAPIC is software-enabled: the host looks at the done list, which could not be presented before (B4). */
function lapic(state: EngineState, vcpu: number, sink: RowSink): void {
  state.put(kvmOf(state, vcpu) + K.lapic, 1);
  const row = begin(state, Kind.lapic, vcpu);
  row[Row.choice] = 1;
  row[Row.value] = 1;
  send(state, sink);
  hostOf(state).rescan(state, vcpu, sink);
}

/** The guest frees the slot before it acknowledges: in the other order a READY would be lost. */
function freeSlot(state: EngineState, vcpu: number, sink: RowSink): void {
  state.put(kvmOf(state, vcpu) + K.slot, 0);
  state.put(state.vcpu(vcpu) + V.irq, ReadyPc.ack);
  const row = ofHandler(state, Kind.slot, vcpu);
  row[Row.token] = 0;
  row[Row.reason] = Reason.by_guest;
  send(state, sink);
}

/** MSR_KVM_ASYNC_PF_ACK: the host looks at the done list before the guest goes on (PI-L1, PI-S5). */
function ack(state: EngineState, vcpu: number, sink: RowSink): void {
  state.put(kvmOf(state, vcpu) + K.unacked, 0);
  state.put(state.vcpu(vcpu) + V.irq, ReadyPc.iret);
  ofHandler(state, Kind.ack, vcpu);
  send(state, sink);
  hostOf(state).rescan(state, vcpu, sink);
}

/** A step of READY's handler. */
function ofHandler(state: EngineState, kind: number, vcpu: number): Float64Array {
  const row = begin(state, kind, vcpu);
  row[Row.choice] = 1;
  if (state.currentActor(vcpu) >= 0) ofTask(state, row, state.currentActor(vcpu));
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.step];
  return row;
}
