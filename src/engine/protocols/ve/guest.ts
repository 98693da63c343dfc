import {TaskMode} from '../../../protocol/engine-config.js';
import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, ofFault, ofTask, refOfActor, send, sendOfFault, setAddresses} from '../../emit.js';
import {endAccess, meetPage} from '../../fault.js';
import {A, Access, Mask, Mode, RefA, RefV, refVcpuCells, Status, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {pnpGuest} from '../pnp/guest.js';
import type {GuestPort, GuestStep} from '../port.js';
import {
  EntryState,
  entryState,
  firstFree,
  freeEntry,
  givenState,
  guestCurrent,
  heldBy,
  hostCurrent,
  outcome,
  ownerOf,
  takeEntry,
  VeIrq,
  VePc,
} from './page.js';
import {hostOf} from './port.js';

const {interrupt, halt, resume} = pnpGuest.steps as Readonly<Record<'interrupt' | 'halt' | 'resume', GuestStep>>;

/**
 * The guest of the sketch. Its #VE handler keeps IF clear, so that only an NMI comes between its steps, and an NMI that
 * faults after busy is 0 and before the IRET nests (R27). An NMI stays blocked until the NMI handler's own IRET: that of
 * a #VE nested in it, which would unblock NMIs on real hardware (A.5.9), does not here.
 */
export const veGuest: GuestPort = {
  nextStep,
  interruptible,
  mayHalt,
  mayResume,
  steps: {copy, hypercall, busy: clearBusy, park, iret, interrupt, consume, unpark, halt, resume, retry, abandon},
};

const handlerSteps: readonly number[] = [none, Kind.copy, Kind.hypercall, Kind.busy, Kind.park, Kind.iret];
const completionSteps: readonly number[] = [none, Kind.consume, Kind.unpark, Kind.iret];

function nextStep(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  if (cells[v + V.mode] !== Mode.guest) return none;
  const inNmi = cells[v + V.nmi] !== 0;
  if (!inNmi && cells[v + V.irq] !== VeIrq.none) return completionSteps[cells[v + V.irq]];
  const actor = state.currentActor(vcpu);
  if (actor < 0) return none;
  const a = state.actor(actor);
  if (cells[a + A.pc] !== VePc.none) return handlerSteps[cells[a + A.pc]];
  if (cells[a + A.access] === Access.retry) return Kind.retry; // R21
  if (cells[a + A.access] === Access.abandon) return Kind.abandon; // R22
  return inNmi ? Kind.iret : none;
}

/** VE-S8: the completion vector is a normal interrupt; every handler runs with IF=0. */
function interruptible(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  const mode = cells[v + V.mode];
  if (mode !== Mode.guest && mode !== Mode.halted) return false;
  if (cells[v + V.mask] !== Mask.interruptFlag || cells[v + V.nmi] !== 0 || cells[v + V.irq] !== VeIrq.none)
    return false;
  const task = cells[v + V.task] - 1;
  return task < 0 || cells[state.actor(task) + A.pc] === VePc.none;
}

/** Q21: the test and the halt are one step (STI;HLT), so that no completion is lost between them. */
function mayHalt(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  if (state.cells[v + V.mode] !== Mode.guest || state.cells[v + V.task] !== 0) return false;
  return state.cells[v + V.pending] === 0 && interruptible(state, vcpu);
}

/** A wait ends for a completion, or for a task that another vCPU made runnable; an NMI is a choice of its own. */
function mayResume(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  if (state.cells[v + V.mode] !== Mode.halted) return false;
  if (state.cells[v + V.pending] !== 0 && interruptible(state, vcpu)) return true;
  for (let task = 0; task < state.config.tasks; task++) {
    if (state.cells[state.actor(task) + A.status] === Status.runnable) return true;
  }
  return false;
}

/** VE-S5, VE-S6: the first free entry gets hw_info and a state. Without one the sketch has its BUG, the guest's end. */
function copy(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const slot = firstFree(state, vcpu);
  if (slot !== none) {
    const given = canContinue(state, vcpu, actor) ? EntryState.canContinue : EntryState.suspendMe;
    takeEntry(state, vcpu, slot, actor, given);
  }
  state.put(state.actor(actor) + A.pc, VePc.hypercall);
  const row = beginOfFault(state, Kind.copy, vcpu, actor);
  row[Row.choice] = 1;
  if (slot !== none) row[Row.token] = slot % state.config.tokens;
  setAddresses(
    row,
    state.cells[v + V.dataPage],
    state.cells[v + V.dataOffset],
    state.cells[v + V.dataGvaLo],
    state.cells[v + V.dataGvaHi],
  );
  const seq = sendOfFault(state, sink, actor);
  if (slot === none) hostOf(state).kill(state, vcpu, actor, Reason.bad_state, none, seq, sink);
}

/**
 * CAN_CONTINUE: the handler can leave its vCPU to another task. It cannot in an NMI, which may have come in a #VE of the
 * current task (TIF_IN_VE); nor if the entry is the last one of the bitmap (VE-S6); nor in the kernel, which is not
 * preemptible here, as a task is that blocks interrupts.
 */
function canContinue(state: EngineState, vcpu: number, actor: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells, config} = state;
  if (actor >= config.tasks || cells[v + V.tokensUsed] + 1 >= config.tokens) return false;
  return cells[v + V.mask] === Mask.interruptFlag && (config.taskModes?.[actor] ?? TaskMode.user) === TaskMode.user;
}

/** VE-S3: the host gathers the data before another #VE can come, for busy is cleared only after it has returned. */
function hypercall(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const slot = guestCurrent(state, vcpu);
  state.put(state.actor(actor) + A.pc, VePc.busy);
  const row = beginOfFault(state, Kind.hypercall, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = slot % state.config.tokens;
  row[Row.reason] =
    givenState(state, heldBy(state, actor)) === EntryState.canContinue ? Reason.can_continue : Reason.suspend_me;
  hostOf(state).tell(state, vcpu, sendOfFault(state, sink, actor), sink);
}

/** VE-S3: from here on another #VE may come, before the handler has returned (R27). */
function clearBusy(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  for (const field of [V.inuse, V.dataPage, V.dataOffset, V.dataGvaLo, V.dataGvaHi]) state.put(v + field, 0);
  state.put(state.actor(actor) + A.pc, afterBusy(state, actor));
  const row = begin(state, Kind.busy, vcpu);
  const ref = refOfActor(state, actor);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  row[Row.fault] = state.refs[ref + RefA.fault];
  row[Row.cause] = state.refs[ref + RefA.cause];
  row[Row.reason] = Reason.by_guest;
  row[Row.value] = 0;
  state.refs[ref + RefA.cause] = send(state, sink);
}

/** The step after busy is 0: to wait, if the handler can continue. */
export function afterBusy(state: EngineState, actor: number): number {
  return givenState(state, heldBy(state, actor)) === EntryState.canContinue ? VePc.park : VePc.iret;
}

/** The wait of the sketch: the task sleeps as long as its entry is CAN_CONTINUE, which it may not be any more (R16). */
function park(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const slot = heldBy(state, actor);
  const waits = entryState(state, slot) === EntryState.canContinue;
  const row = beginOfFault(state, Kind.park, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = slot % state.config.tokens;
  row[Row.value] = waits ? 1 : 0;
  if (waits) {
    state.put(state.actor(actor) + A.status, Status.parked);
    state.put(v + V.parked, state.cells[v + V.parked] + 1);
  } else {
    row[Row.reason] = Reason.early;
  }
  state.put(state.actor(actor) + A.pc, VePc.iret);
  sendOfFault(state, sink, actor);
}

/** Returns from the innermost handler. A task that waits in its #VE handler leaves the vCPU to the scheduler instead. */
function iret(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const inNmi = state.cells[v + V.nmi] !== 0;
  if (!inNmi && state.cells[v + V.irq] !== VeIrq.none) return iretOfCompletion(state, vcpu, actor, sink);
  const row = begin(state, Kind.iret, vcpu);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  if (state.cells[state.actor(actor) + A.pc] === VePc.none) {
    row[Row.reason] = Reason.nmi;
    state.put(v + V.nmi, 0);
    send(state, sink);
    return;
  }
  const ref = refOfActor(state, actor);
  row[Row.reason] = Reason.page_not_present;
  row[Row.fault] = state.refs[ref + RefA.fault];
  row[Row.cause] = state.refs[ref + RefA.cause];
  state.refs[ref + RefA.cause] = send(state, sink);
  state.put(state.actor(actor) + A.pc, VePc.none);
  if (!inNmi && state.cells[state.actor(actor) + A.status] === Status.parked) {
    state.put(v + V.task, 0);
    return;
  }
  state.put(state.actor(actor) + A.access, outcome(state, heldBy(state, actor)));
  freeEntry(state, actor);
}

/** VE-S8: with it the guest is done with host_current. */
function iretOfCompletion(state: EngineState, vcpu: number, actor: number, sink: RowSink): void {
  state.put(state.vcpu(vcpu) + V.irq, VeIrq.none);
  const row = begin(state, Kind.iret, vcpu);
  row[Row.choice] = 1;
  if (actor >= 0) ofTask(state, row, actor);
  row[Row.reason] = Reason.page_ready;
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.step];
  hostOf(state).handled(state, vcpu, send(state, sink), sink);
}

/**
 * Reads host_current. Whoever waits under the entry is woken if the entry is resolved; otherwise the wake-up is false,
 * which is normal: the waiter would find its entry as it was and wait on (A.5.9).
 */
function consume(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const slot = hostCurrent(state, vcpu);
  const waiter = waiterOf(state, slot);
  const row = begin(state, Kind.consume, vcpu);
  row[Row.choice] = 1;
  row[Row.token] = slot % state.config.tokens;
  row[Row.value] = waiter === none ? 0 : 1;
  row[Row.cause] = state.refs[state.layout.refRing + slot];
  if (waiter !== none) {
    ofFault(state, row, waiter);
    row[Row.result] = entryState(state, slot) === EntryState.fail ? 1 : 0;
  }
  state.put(v + V.irq, waiter === none ? VeIrq.iret : VeIrq.unpark);
  state.put(v + V.irqActor, waiter + 1);
  const seq = send(state, sink);
  if (waiter !== none) state.refs[refOfActor(state, waiter) + RefA.cause] = seq;
}

/** The task that waits under an entry that is resolved, or `none`. */
export function waiterOf(state: EngineState, slot: number): number {
  const owner = ownerOf(state, slot);
  if (owner < 0 || state.cells[state.actor(owner) + A.status] !== Status.parked) return none;
  return entryState(state, slot) === EntryState.canContinue ? none : owner;
}

/** The waiter becomes runnable. The entry is its own until it has run: only then it clears the active bit. */
function unpark(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.cells[v + V.irqActor] - 1;
  const a = state.actor(actor);
  const access = outcome(state, heldBy(state, actor));
  state.put(v + V.parked, state.cells[v + V.parked] - 1);
  state.put(v + V.irqActor, 0);
  state.put(v + V.irq, VeIrq.iret);
  state.put(a + A.status, Status.runnable);
  state.put(a + A.access, access);
  const row = beginOfFault(state, Kind.unpark, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = state.cells[a + A.token];
  row[Row.result] = access === Access.retry ? 0 : 1;
  sendOfFault(state, sink, actor);
}

/** R21: the handler has ended, and with it the entry; the same access again. Only an eviction in between makes it a new fault. */
function retry(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  freeEntry(state, actor);
  beginOfFault(state, Kind.retry, vcpu, actor)[Row.choice] = 1;
  meetPage(state, vcpu, actor, sendOfFault(state, sink, actor), sink);
}

/** R22: FAIL: a signal, or a fix-up in the kernel; the access is given up and the task goes on (Q16). */
function abandon(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  freeEntry(state, actor);
  const row = beginOfFault(state, Kind.abandon, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.result] = 1;
  sendOfFault(state, sink, actor);
  endAccess(state, actor);
}
