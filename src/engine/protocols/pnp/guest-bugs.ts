import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row} from '../../../protocol/row.js';
import {begin, ofTask, send, setCause} from '../../emit.js';
import {A, earlyCells, IrqPc, Pc, Status, V, Y} from '../../layout.js';
import type {EngineState} from '../../state.js';
import type {Bug} from '../port.js';
import {ringOf} from './rings.js';
import {takeEarly} from './sleepers.js';
import {stepOf, withCells, withGuest} from './wrap.js';

/** The vCPU's innermost handler is that of page-not-present. */
function inPnpHandler(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  return state.cells[v + V.nmi] === 0 && state.cells[v + V.irq] === IrqPc.none;
}

/** R3 broken: the handler's last act is to set `inuse`, which nobody will clear. */
const inuseSetByGuest: Bug = (port, trigger) =>
  withGuest(port, (inner) => ({
    steps: {
      iret(state, vcpu, sink) {
        const actor = state.currentActor(vcpu);
        const ours = inPnpHandler(state, vcpu);
        stepOf(inner, 'iret')(state, vcpu, sink);
        const inuse = state.vcpu(vcpu) + V.inuse;
        if (!ours || state.cells[inuse] !== 0 || !trigger.armed(state)) return;
        trigger.strike(state, vcpu, actor, sink);
        state.put(inuse, 1);
        const row = begin(state, Kind.inuse, vcpu);
        ofTask(state, row, actor);
        row[Row.reason] = Reason.by_guest;
        row[Row.value] = 1;
        send(state, sink);
      },
    },
  }));

/** R4 broken (Q22: never): the handler returns without clearing `inuse`. */
const inuseNeverCleared: Bug = (port, trigger) =>
  withGuest(port, (inner) => ({
    nextStep(state, vcpu) {
      const next = inner.nextStep(state, vcpu);
      return next === Kind.inuse && trigger.armed(state) ? Kind.iret : next;
    },
    steps: {
      iret(state, vcpu, sink) {
        const leavesOut = inner.nextStep(state, vcpu) === Kind.inuse;
        const actor = state.currentActor(vcpu);
        stepOf(inner, 'iret')(state, vcpu, sink);
        if (leavesOut) trigger.strike(state, vcpu, actor, sink);
      },
    },
  }));

const dataFields = [V.dataToken, V.dataPage, V.dataOffset, V.dataGvaLo, V.dataGvaHi] as const;

/** Q22 broken (before_copy): the handler clears `inuse` first of all, then copies and parks, and returns. */
const inuseClearedEarly: Bug = (bare, trigger) => {
  const {port, first} = withCells(bare, 1); // the actor whose handler did so and is under way, +1
  return withGuest(port, (inner) => ({
    nextStep(state, vcpu) {
      const next = inner.nextStep(state, vcpu);
      if (next === Kind.copy && trigger.armed(state)) return Kind.inuse;
      return next === Kind.inuse && hasCleared(state, vcpu) ? Kind.iret : next;
    },
    steps: {
      inuse(state, vcpu, sink) {
        const actor = state.currentActor(vcpu);
        const early = state.cells[state.actor(actor) + A.pc] === Pc.copy;
        const v = state.vcpu(vcpu);
        const data = dataFields.map((field) => state.cells[v + field]);
        stepOf(inner, 'inuse')(state, vcpu, sink);
        if (!early) return;
        for (const [index, field] of dataFields.entries()) state.put(v + field, data[index]); // it stands there still
        state.put(state.actor(actor) + A.pc, Pc.copy);
        state.put(first(state), actor + 1);
        trigger.strike(state, vcpu, actor, sink);
      },
      iret(state, vcpu, sink) {
        if (inPnpHandler(state, vcpu) && hasCleared(state, vcpu)) state.put(first(state), 0);
        stepOf(inner, 'iret')(state, vcpu, sink);
      },
    },
  }));

  function hasCleared(state: EngineState, vcpu: number): boolean {
    return state.cells[first(state)] === state.currentActor(vcpu) + 1;
  }
};

/** R21 broken: READY makes another task runnable than the one that sleeps under the token. */
const wakeWrongTask: Bug = (port, trigger) =>
  withGuest(port, (inner) => ({
    steps: {
      consume(state, vcpu, sink) {
        const v = state.vcpu(vcpu);
        stepOf(inner, 'consume')(state, vcpu, sink);
        if (state.cells[v + V.irq] !== IrqPc.unpark || !trigger.armed(state)) return;
        const other = otherSleeper(state, vcpu, state.cells[v + V.irqActor] - 1);
        if (other === none) return;
        state.put(v + V.irqActor, other + 1);
        setCause(state, other, state.seq - 1);
        trigger.strike(state, vcpu, other, sink);
      },
    },
  }));

/** A task that is parked on the vCPU under another token than `sleeper`, or `none`. */
function otherSleeper(state: EngineState, vcpu: number, sleeper: number): number {
  for (let task = 0; task < state.config.tasks; task++) {
    const a = state.actor(task);
    const parked = state.cells[a + A.status] === Status.parked && state.cells[a + A.vcpu] === vcpu;
    if (parked && task !== sleeper && state.cells[a + A.token] !== state.cells[state.actor(sleeper) + A.token])
      return task;
  }
  return none;
}

/** Further from any head than a ring is long. */
const farAway = 0x80000000;

/** Q24: the guest leaves a tail that it cannot have reached; it takes the ring for empty itself. */
const corruptRingIndex: Bug = (port, trigger) =>
  withGuest(port, (inner) => ({
    nextStep(state, vcpu) {
      const v = state.vcpu(ringOf(state.config, vcpu));
      const next = inner.nextStep(state, vcpu);
      const corrupt = (state.cells[v + V.head] ^ state.cells[v + V.tail]) >>> 0 === farAway;
      return corrupt && (next === Kind.consume || next === Kind.ack) ? Kind.iret : next;
    },
    steps: {
      iret(state, vcpu, sink) {
        const ours = state.cells[state.vcpu(vcpu) + V.nmi] === 0 && !inPnpHandler(state, vcpu);
        const v = state.vcpu(ringOf(state.config, vcpu));
        stepOf(inner, 'iret')(state, vcpu, sink);
        if (!ours || state.cells[v + V.head] !== state.cells[v + V.tail] || !trigger.armed(state)) return;
        state.put(v + V.tail, state.cells[v + V.head] ^ farAway);
        trigger.strike(state, vcpu, none, sink);
      },
    },
  }));

/** R16 broken: a resolution that comes before its page-not-present was parked is forgotten. */
const earlyDropped: Bug = (port, trigger) =>
  withGuest(port, (inner) => ({
    steps: {
      consume(state, vcpu, sink) {
        const ring = ringOf(state.config, vcpu);
        const early = state.vcpu(ring) + V.early;
        const count = state.cells[early];
        stepOf(inner, 'consume')(state, vcpu, sink);
        if (state.cells[early] === count || !trigger.armed(state)) return;
        const {layout} = state;
        const entry = layout.early + (ring * layout.earlyMax + count) * earlyCells;
        takeEarly(state, ring, state.cells[entry + Y.token]);
        trigger.strike(state, vcpu, none, sink);
      },
    },
  }));

export const guestBugs: Readonly<Record<string, Bug>> = {
  inuse_set_by_guest: inuseSetByGuest,
  inuse_never_cleared: inuseNeverCleared,
  inuse_cleared_early: inuseClearedEarly,
  wake_wrong_task: wakeWrongTask,
  corrupt_ring_index: corruptRingIndex,
  early_dropped: earlyDropped,
};
