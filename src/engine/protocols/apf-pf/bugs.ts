import {A, Mode, Pc, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {withHost, withSteps} from '../kvm/broken.js';
import {ReadyPc} from '../kvm/ready.js';
import type {Bug} from '../port.js';

/** B1: an NMI comes before the handler has read CR2, and its own page fault writes CR2. */
const cr2Clobbered: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    answer(state, vcpu, sink) {
      const v = state.vcpu(vcpu);
      if (state.cells[v + V.nmi] !== 0 && awaitsCopy(state, vcpu) && trigger.armed(state)) {
        const actor = state.currentActor(vcpu);
        trigger.strike(state, vcpu, actor, sink);
        state.put(v + V.dataToken, state.cells[state.actor(actor) + A.gvaLo]);
      }
      host.answer(state, vcpu, sink);
    },
  }));
};

/** The host injects READY though page-not-present has not been read: both its word and CR2 are gone. */
const reasonOverwritten: Bug = (port, trigger) => {
  const {interruptible} = port.guest;
  const broken = withSteps(port, (steps) => ({
    interrupt(state, vcpu, sink) {
      const strikes = state.cells[state.vcpu(vcpu) + V.inuse] !== 0;
      steps.interrupt?.(state, vcpu, sink);
      if (strikes) trigger.strike(state, vcpu, state.currentActor(vcpu), sink);
    },
  }));
  return {
    ...broken,
    guest: {
      ...broken.guest,
      interruptible: (state, vcpu) =>
        interruptible(state, vcpu) || (trigger.armed(state) && isOpen(state, vcpu) && awaitsCopy(state, vcpu)),
    },
  };
};

/** READY pends, and no other handler runs on top of page-not-present's. */
function isOpen(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  if (cells[v + V.mode] !== Mode.guest || cells[v + V.pending] === 0) return false;
  return cells[v + V.nmi] === 0 && cells[v + V.irq] === ReadyPc.none;
}

/** Page-not-present has been injected, and its handler has read nothing. */
function awaitsCopy(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const task = state.cells[v + V.task] - 1;
  return task >= 0 && state.cells[v + V.inuse] !== 0 && state.cells[state.actor(task) + A.pc] === Pc.copy;
}

/** What was wrong with one CR2 and one reason word for two kinds of event, each at its first opportunity. */
export const apfPfBugs: Readonly<Record<string, Bug>> = {
  cr2_clobbered: cr2Clobbered,
  reason_overwritten: reasonOverwritten,
};
