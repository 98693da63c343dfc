import {none, type RowSink} from '../../../protocol/row.js';
import {A, Mode, Page, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {withHost} from '../kvm/broken.js';
import {failuresIgnored, I, itemOf, K, kvmOf} from '../kvm/cells.js';
import {appendDone, clearQueue, findItem, hasDone, takeItem} from '../kvm/items.js';
import type {KvmHost} from '../kvm/port.js';
import type {Bug} from '../port.js';

/** B2: the ids begin at 0, so that a token of vCPU 0 is 0, which in the slot means that it is free. */
const tokenZero: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    takeToken(state, vcpu, sink) {
      if (vcpu !== 0 || !trigger.armed(state)) return host.takeToken(state, vcpu, sink);
      trigger.strike(state, vcpu, state.currentActor(vcpu), sink);
      return 0;
    },
  }));
};

/** B3: READY is sent for an item whose page-not-present was not injected. */
const dummyLeak: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    injectsReady(state, vcpu, slot, sink) {
      if (host.injectsReady(state, vcpu, slot, sink)) return true;
      if (!trigger.armed(state)) return false;
      trigger.strike(state, vcpu, none, sink);
      return true;
    },
  }));
};

/** B4: the host does not ask whether the LAPIC takes interrupts: the slot is filled, and READY is never taken. */
const lapicDisabled: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    mayDequeue(state, vcpu, sink) {
      const k = kvmOf(state, vcpu);
      if (host.mayDequeue(state, vcpu, sink)) return true;
      if (state.cells[k + K.lapic] !== 0 || state.cells[k + K.slot] !== 0 || !trigger.armed(state)) return false;
      trigger.strike(state, vcpu, none, sink);
      return true;
    },
  }));
};

/** B5: an SMI toggles CR0.PG as a page comes in, and the host forgets all that its vCPU waits for. */
const queueCleared: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    complete(state, page, result, sink) {
      const slot = state.pageWaiters(page) - 1;
      const strikes = slot >= 0 && state.cells[itemOf(state, slot) + I.injected] !== 0 && trigger.armed(state);
      if (!strikes) return host.complete(state, page, result, sink);
      const vcpu = Math.floor(slot / state.config.tokens);
      const actor = state.cells[state.token(slot) + T.actor] - 1;
      clearQueue(state, vcpu);
      host.complete(state, page, result, sink);
      trigger.strike(state, vcpu, actor, sink);
    },
  }));
};

/** B8: nobody looks at the result of the I/O: a failed page is queued again, and again, for good. */
const refaultForever: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    answer(state, vcpu, sink) {
      const page = state.accessPage(state.currentActor(vcpu));
      const failed = state.pageState(page) === Page.failed && state.cells[state.vcpu(vcpu) + V.mode] === Mode.exited;
      if (failed && host.refusal(state, vcpu) === none) {
        if (trigger.armed(state)) {
          trigger.strike(state, vcpu, state.currentActor(vcpu), sink);
          state.put(failuresIgnored(state), 1);
        }
        if (state.cells[failuresIgnored(state)] !== 0) state.setPageState(page, Page.absent);
      }
      host.answer(state, vcpu, sink);
    },
  }));
};

/** B13: the worker runs before page-not-present is injected: its item is done, and READY is sent, before that. */
const completedBeforeNotPresent: Bug = (port, trigger) => {
  return withHost(port, (host) => ({
    answer(state, vcpu, sink) {
      if (!mayRunEarly(host, state, vcpu, sink) || !trigger.armed(state)) return host.answer(state, vcpu, sink);
      const actor = state.currentActor(vcpu);
      trigger.strike(state, vcpu, actor, sink);
      state.put(state.actor(actor) + A.token, 0);
      const token = host.takeToken(state, vcpu, sink);
      const slot = takeItem(state, vcpu, actor, token);
      state.put(itemOf(state, slot) + I.injected, 1);
      appendDone(state, vcpu, slot, state.refs[vcpu * refVcpuCells + RefV.completion]);
      host.rescan(state, vcpu, sink);
      host.deliver(state, vcpu, token, sink);
    },
  }));
};

/** The page came between fault and answer, and all else lets page-not-present in and READY out. */
function mayRunEarly(host: KvmHost, state: EngineState, vcpu: number, sink: RowSink): boolean {
  const page = state.accessPage(state.currentActor(vcpu));
  return (
    state.pageState(page) === Page.present &&
    host.refusal(state, vcpu) === none &&
    host.undeliverable(state, vcpu) === none &&
    findItem(state, vcpu, page) === none &&
    !hasDone(state, vcpu) &&
    state.cells[state.vcpu(vcpu) + V.tokensUsed] < state.config.tokens &&
    host.mayDequeue(state, vcpu, sink)
  );
}

/** The bugs that Linux had, each at its first opportunity. */
export const apfIntBugs: Readonly<Record<string, Bug>> = {
  token_zero: tokenZero,
  dummy_leak: dummyLeak,
  lapic_disabled: lapicDisabled,
  queue_cleared: queueCleared,
  refault_forever: refaultForever,
  completed_before_not_present: completedBeforeNotPresent,
};
