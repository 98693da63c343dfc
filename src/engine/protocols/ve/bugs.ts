import {Kind} from '../../../protocol/kinds.js';
import {none, type RowSink} from '../../../protocol/row.js';
import {A, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import type {Bug, GuestStep, ProtocolPort, Trigger} from '../port.js';
import {afterBusy, waiterOf} from './guest.js';
import {inject} from './host.js';
import {hostCurrent, isQueued, ownerOf, VeIrq, VePc} from './page.js';
import type {VePort} from './port.js';

/** host_current is overwritten while the guest has not read it, although a task waits for what stood there. */
function lostCurrent(base: ProtocolPort, trigger: Trigger): ProtocolPort {
  const port = base as VePort;
  const isUnread = (state: EngineState, vcpu: number) => {
    const v = state.vcpu(vcpu);
    const slot = hostCurrent(state, vcpu);
    if (slot === none || (state.cells[v + V.pending] === 0 && state.cells[v + V.irq] !== VeIrq.consume)) return false;
    return waiterOf(state, slot) !== none && !isQueued(state, slot);
  };
  return {
    ...port,
    host: {
      ...port.host,
      notify(state: EngineState, slot: number, cause: number, sink: RowSink) {
        const vcpu = Math.floor(slot / state.config.tokens);
        const unread = hostCurrent(state, vcpu);
        if (!trigger.armed(state) || unread === slot || !isUnread(state, vcpu))
          return port.host.notify(state, slot, cause, sink);
        const loser = ownerOf(state, unread);
        inject(state, vcpu, slot, cause, sink);
        trigger.strike(state, vcpu, loser, sink);
      },
    },
  } as VePort;
}

/** The handler clears the busy word before its hypercall: another #VE may come while the host knows nothing of this one. */
function earlyBusyClear(port: ProtocolPort, trigger: Trigger): ProtocolPort {
  const {nextStep, steps} = port.guest;
  const isAboutToTell = (state: EngineState, actor: number) =>
    actor >= 0 && state.cells[state.actor(actor) + A.pc] === VePc.hypercall;
  const busy: GuestStep = (state, vcpu, sink) => {
    const actor = state.currentActor(vcpu);
    const early = isAboutToTell(state, actor);
    (steps.busy as GuestStep)(state, vcpu, sink);
    if (!early) return;
    state.put(state.actor(actor) + A.pc, VePc.hypercall);
    trigger.strike(state, vcpu, actor, sink);
  };
  const hypercall: GuestStep = (state, vcpu, sink) => {
    const actor = state.currentActor(vcpu);
    const wasClear = state.cells[state.vcpu(vcpu) + V.inuse] === 0;
    (steps.hypercall as GuestStep)(state, vcpu, sink);
    if (wasClear && !state.dead) state.put(state.actor(actor) + A.pc, afterBusy(state, actor));
  };
  return {
    ...port,
    guest: {
      ...port.guest,
      nextStep(state, vcpu) {
        const kind = nextStep(state, vcpu);
        return kind === Kind.hypercall && trigger.armed(state) ? Kind.busy : kind;
      },
      steps: {...steps, busy, hypercall},
    },
  };
}

export const veBugs: Readonly<Record<string, Bug>> = {lost_current: lostCurrent, early_busy_clear: earlyBusyClear};
