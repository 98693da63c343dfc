import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofTask, send} from '../../emit.js';
import {V} from '../../layout.js';
import type {EngineState} from '../../state.js';
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
import {handlerOf, injectReady} from './host.js';

const readySteps = {
  [ReadyPc.consume]: Kind.consume,
  [ReadyPc.free]: Kind.flags,
  [ReadyPc.unpark]: Kind.unpark,
  [ReadyPc.iret]: Kind.iret,
};

/** The guest of Linux up to 5.7: one #PF handler, which reads CR2, resets the word, then sleeps or wakes by what it said. */
export const apfPfGuest: GuestPort = {
  nextStep: nextStepOf((state, vcpu) => (mustEnable(state, vcpu) ? Kind.enable : none), readySteps),
  interruptible,
  mayHalt,
  mayResume,
  steps: {
    ...kvmSteps,
    flags,
    interrupt: takeReady,
    consume: (state, vcpu, sink) => {
      consume(state, vcpu, state.cells[state.vcpu(vcpu) + V.dataToken], sink);
      state.put(state.vcpu(vcpu) + V.irq, ReadyPc.free);
    },
    unpark: unparkThen(ReadyPc.iret),
    iret: iretThen((state, vcpu, sink) => hostOf(state).rescan(state, vcpu, sink)),
  },
};

/** READY is an exception that the vCPU takes once it could take an interrupt (LG-S2). */
function takeReady(state: EngineState, vcpu: number, sink: RowSink): void {
  interrupt(state, vcpu, sink);
  injectReady(state, vcpu, sink);
}

/** The word is reset by whichever handler runs; READY's goes on to wake whom its token names. */
function flags(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  if (state.cells[v + V.irq] === ReadyPc.none) return resetWord(state, vcpu, sink);
  state.put(v + V.inuse, 0);
  state.put(v + V.irq, state.cells[v + V.irqActor] !== 0 ? ReadyPc.unpark : ReadyPc.iret);
  const row = begin(state, Kind.flags, vcpu);
  row[Row.choice] = 1;
  if (state.currentActor(vcpu) >= 0) ofTask(state, row, state.currentActor(vcpu));
  row[Row.cause] = handlerOf(state, vcpu);
  row[Row.reason] = Reason.by_guest;
  row[Row.value] = 0;
  send(state, sink);
}
