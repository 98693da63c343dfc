import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {
  begin,
  beginOfFault,
  causeOf,
  ofFault,
  ofTask,
  refOfActor,
  send,
  sendOfFault,
  setAddresses,
  setCause,
} from '../../emit.js';
import {endAccess, meetPage, meetPageAgain} from '../../fault.js';
import {A, Access, E, IrqPc, Mode, Pc, RefA, RefV, refVcpuCells, Status, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import type {GuestPort} from '../port.js';
import {acceptsInterrupts} from './gate.js';
import {hasDeliverable} from './orphans.js';
import {Own, own, refEntryActor} from './own.js';
import {hostOf} from './port.js';
import {entryCell, entryOf, nextIndex, ringOf, usedOf} from './rings.js';
import {wakeForToken} from './sleep.js';
import {addEarly, addSleeper, findSleeper, removeSleeper, takeEarly} from './sleepers.js';

/** The guest of the proposal: handlers in atomic steps between which an NMI, or with IF set READY, may come. */
export const pnpGuest: GuestPort = {
  nextStep,
  interruptible,
  mayHalt,
  mayResume,
  steps: {copy, park, inuse: clear, iret, interrupt, consume, ack, unpark, halt, resume, retry, abandon},
};

const handlerSteps: readonly number[] = [none, Kind.copy, Kind.park, Kind.inuse, Kind.iret];

function nextStep(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  if (cells[v + V.mode] !== Mode.guest) return none;
  const inNmi = cells[v + V.nmi] !== 0;
  if (!inNmi && cells[v + V.irq] !== IrqPc.none) {
    if (cells[v + V.irq] === IrqPc.unpark) return Kind.unpark;
    return afterDrain(state, vcpu);
  }
  const actor = state.currentActor(vcpu);
  if (actor < 0) return none;
  const a = state.actor(actor);
  if (cells[a + A.pc] !== Pc.none) return handlerSteps[cells[a + A.pc]];
  if (cells[a + A.access] === Access.retry || cells[a + A.access] === Access.again) return Kind.retry; // R21
  if (cells[a + A.access] === Access.abandon) return Kind.abandon; // R22
  if (inNmi) return Kind.iret;
  return hasDeliverable(state, vcpu) ? Kind.attempt : none; // Q14
}

/** The READY handler reads the ring until it is empty, which it may be at once (Q31), and acknowledges if it must (Q5). */
function afterDrain(state: EngineState, vcpu: number): number {
  const ring = ringOf(state.config, vcpu);
  if (usedOf(state, ring) !== 0) return Kind.consume;
  const mustAck = state.config.tokenFreeOn === 'explicit_ack';
  return mustAck && state.cells[own(state, ring) + Own.acked] !== state.cells[state.vcpu(ring) + V.tail]
    ? Kind.ack
    : Kind.iret;
}

/** R20: READY obeys IF, the shadows and the TPR like any interrupt; handlers run with IF=0 unless handler.interrupts is on. */
function interruptible(state: EngineState, vcpu: number): boolean {
  const mode = state.cells[state.vcpu(vcpu) + V.mode];
  return (mode === Mode.guest || mode === Mode.halted) && acceptsInterrupts(state, vcpu);
}

/** Q21: the test and the halt are one step (STI;HLT), so that no READY is lost between them. */
function mayHalt(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  if (state.cells[v + V.mode] !== Mode.guest || state.cells[v + V.task] !== 0) return false;
  return state.cells[v + V.pending] === 0 && interruptible(state, vcpu);
}

/** A wait ends for READY, or for a task that another vCPU made runnable; an NMI is a choice of its own. */
function mayResume(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  if (state.cells[v + V.mode] !== Mode.halted) return false;
  if (state.cells[v + V.pending] !== 0 && interruptible(state, vcpu)) return true;
  for (let task = 0; task < state.config.tasks; task++) {
    if (state.cells[state.actor(task) + A.status] === Status.runnable) return true;
  }
  return false;
}

/** The handler reads page_not_present_data (R9) into the frame on the task's kernel stack. */
function copy(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const token = state.cells[v + V.dataToken];
  state.put(a + A.token, token);
  state.put(a + A.pc, Pc.park);
  const row = beginOfFault(state, Kind.copy, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = token >>> 0;
  setAddresses(
    row,
    state.cells[v + V.dataPage],
    state.cells[v + V.dataOffset],
    state.cells[v + V.dataGvaLo],
    state.cells[v + V.dataGvaHi],
  );
  if (state.cells[own(state, vcpu) + Own.gvaUnknown] === 1) {
    row[Row.gvaLo] = none; // Q10
    row[Row.gvaHi] = none;
  }
  sendOfFault(state, sink, actor);
}

/** The task becomes the token's sleeper, unless its resolution was consumed before (R16): then it does not sleep. */
function park(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const token = state.cells[a + A.token];
  const ring = ringOf(state.config, vcpu);
  const result = takeEarly(state, ring, token);
  const row = begin(state, Kind.park, vcpu);
  // Told of an orphan (Q14), the task has no access under way.
  if (state.cells[a + A.access] === Access.none) ofTask(state, row, actor);
  else ofFault(state, row, actor);
  row[Row.choice] = 1;
  row[Row.cause] = causeOf(state, actor);
  row[Row.token] = token >>> 0;
  if (result === none) {
    addSleeper(state, ring, actor, token);
    state.put(a + A.status, Status.parked);
    row[Row.value] = 1;
  } else {
    tellResult(state, actor, result);
    row[Row.value] = 0;
    row[Row.reason] = Reason.early;
  }
  state.put(a + A.pc, Pc.clear);
  sendOfFault(state, sink, actor);
}

/** R4, Q22: the guest frees the structure after it copied, before it schedules or returns. */
function clear(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  for (const field of [V.inuse, V.dataToken, V.dataPage, V.dataOffset, V.dataGvaLo, V.dataGvaHi])
    state.put(v + field, 0);
  state.put(own(state, vcpu) + Own.gvaUnknown, 0);
  state.put(state.actor(actor) + A.pc, Pc.iret);
  const row = begin(state, Kind.inuse, vcpu);
  const ref = refOfActor(state, actor);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  row[Row.fault] = state.refs[ref + RefA.fault];
  row[Row.cause] = state.refs[ref + RefA.cause];
  row[Row.reason] = Reason.by_guest;
  row[Row.value] = 0;
  state.refs[ref + RefA.cause] = send(state, sink);
}

/** Returns from the innermost handler. From page-not-present the vCPU goes to the scheduler if the task is parked still. */
function iret(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  const row = begin(state, Kind.iret, vcpu);
  const actor = state.currentActor(vcpu);
  row[Row.choice] = 1;
  if (actor >= 0) ofTask(state, row, actor);
  if (cells[v + V.nmi] !== 0 || cells[v + V.irq] !== IrqPc.none) {
    const nmi = cells[v + V.nmi] !== 0;
    row[Row.reason] = nmi ? Reason.nmi : Reason.page_ready;
    row[Row.cause] = nmi ? none : state.refs[vcpu * refVcpuCells + RefV.step];
    state.put(nmi ? v + V.nmi : v + V.irq, 0);
    send(state, sink);
    return;
  }
  const ref = refOfActor(state, actor);
  row[Row.reason] = Reason.page_not_present;
  row[Row.fault] = state.refs[ref + RefA.fault];
  row[Row.cause] = state.refs[ref + RefA.cause];
  state.refs[ref + RefA.cause] = send(state, sink);
  state.put(state.actor(actor) + A.pc, Pc.none);
  if (cells[state.actor(actor) + A.status] === Status.parked) state.put(v + V.task, 0);
}

/** READY is taken: its pending bit is clear and the EOI done, so that a later raise pends anew (R20). */
function interrupt(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  state.put(v + V.pending, 0);
  state.put(v + V.irq, IrqPc.drain);
  const row = begin(state, Kind.interrupt, vcpu);
  row[Row.choice] = 1;
  row[Row.task] = state.cells[v + V.task] - 1; // `none` in the idle loop
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.raise];
  state.refs[vcpu * refVcpuCells + RefV.step] = send(state, sink);
}

/** Reads the entry at tail and frees it, and with it its token (Q5, Q7). One READY drains the whole ring. */
function consume(state: EngineState, vcpu: number, sink: RowSink): void {
  const {cells, config, layout} = state;
  const ring = ringOf(config, vcpu);
  const tail = state.vcpu(ring) + V.tail;
  const entry = entryOf(config, ring, cells[tail]);
  const cell = entryCell(state, entry);
  const token = cells[cell + E.token];
  const result = cells[cell + E.result];
  const slot = cells[cell + E.slot];
  const row = begin(state, Kind.consume, vcpu);
  row[Row.choice] = 1;
  const resolution = state.refs[layout.refRing + entry];
  ofResolved(state, row, state.refs[refEntryActor(state, entry)] - 1, resolution);
  row[Row.cause] = resolution;
  row[Row.token] = token >>> 0;
  row[Row.result] = result;
  const sleeper = findSleeper(state, ring, token);
  row[Row.value] = sleeper === none ? 0 : 1;
  state.put(cell + E.token, 0);
  state.put(cell + E.result, 0);
  if (config.tokenFreeOn !== 'explicit_ack') state.put(cell + E.slot, 0);
  state.put(tail, nextIndex(config, cells[tail]));
  if (config.tokenFreeOn === 'consume' && slot !== none) hostOf(state).freeToken(state, vcpu, slot);
  if (sleeper === none) addEarly(state, ring, token, result);
  else unparkNext(state, vcpu, sleeper, result);
  const seq = send(state, sink);
  if (sleeper !== none) setCause(state, sleeper, seq);
  if (config.tokenFreeOn === 'consume') wakeForToken(state, ring, seq, sink);
}

/**
 * Whose fault an entry was about. By now it may be closed, and its task at another (Q14; a token resolved twice): of what
 * began after the resolution the entry says nothing.
 */
function ofResolved(state: EngineState, row: Float64Array, owner: number, resolution: number): void {
  if (owner < 0) return;
  const fault = state.refs[refOfActor(state, owner) + RefA.fault];
  if (fault !== none && fault < resolution) ofFault(state, row, owner);
  else ofTask(state, row, owner);
}

function unparkNext(state: EngineState, vcpu: number, sleeper: number, result: number): void {
  const v = state.vcpu(vcpu);
  state.put(v + V.irq, IrqPc.unpark);
  state.put(v + V.irqActor, sleeper + 1);
  state.put(v + V.irqResult, result);
}

/** Q5, explicit_ack: the guest tells the host what it has consumed, which frees the tokens. */
function ack(state: EngineState, vcpu: number, sink: RowSink): void {
  const {cells, config} = state;
  const ring = ringOf(config, vcpu);
  const acked = own(state, ring) + Own.acked;
  let freed = 0;
  for (; cells[acked] !== cells[state.vcpu(ring) + V.tail]; freed++) {
    const cell = entryCell(state, entryOf(config, ring, cells[acked]));
    if (cells[cell + E.slot] !== none) hostOf(state).freeToken(state, vcpu, cells[cell + E.slot]);
    state.put(cell + E.slot, 0);
    state.put(acked, nextIndex(config, cells[acked]));
  }
  const row = begin(state, Kind.ack, vcpu);
  row[Row.choice] = 1;
  row[Row.task] = cells[state.vcpu(vcpu) + V.task] - 1;
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.step];
  row[Row.value] = freed;
  wakeForToken(state, ring, send(state, sink), sink);
}

/** The sleeper becomes runnable; one that has not left its handler yet just goes on. Sharers of its token follow (Q15). */
function unpark(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const ring = ringOf(state.config, vcpu);
  const actor = state.cells[v + V.irqActor] - 1;
  const a = state.actor(actor);
  const token = state.cells[a + A.token];
  const result = state.cells[v + V.irqResult];
  removeSleeper(state, ring, actor);
  state.put(a + A.status, state.cells[a + A.pc] === Pc.none ? Status.runnable : Status.running);
  tellResult(state, actor, result);
  const sharer = state.config.dedup === 'share_token' ? findSleeper(state, ring, token) : none;
  for (const field of [V.irqActor, V.irqResult]) state.put(v + field, 0);
  state.put(v + V.irq, IrqPc.drain);
  if (sharer !== none) unparkNext(state, vcpu, sharer, result);
  const row = beginOfFault(state, Kind.unpark, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = token >>> 0;
  row[Row.result] = result;
  const seq = sendOfFault(state, sink, actor);
  if (sharer !== none) setCause(state, sharer, seq);
}

/** R21, R22: what a resolution tells the task to do; one that got an orphan has no access to retry (Q14). */
function tellResult(state: EngineState, actor: number, result: number): void {
  const access = state.actor(actor) + A.access;
  if (state.cells[access] !== Access.none) state.put(access, result === 0 ? Access.retry : Access.abandon);
}

/** R26: the vCPU has nothing to run and waits for READY, by HLT or by hypercall. */
function halt(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  state.put(v + V.mode, Mode.halted);
  const row = begin(state, Kind.halt, vcpu);
  row[Row.choice] = 1;
  row[Row.reason] = state.config.wait === 'hlt' ? Reason.hlt : Reason.hypercall;
  row[Row.value] = state.cells[v + V.parked];
  send(state, sink);
}

function resume(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const ready = state.cells[v + V.pending] !== 0 && interruptible(state, vcpu);
  state.put(v + V.mode, Mode.guest);
  const row = begin(state, Kind.resume, vcpu);
  row[Row.choice] = 1;
  row[Row.reason] = ready ? Reason.interrupt : Reason.task;
  if (ready) row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.raise];
  send(state, sink);
}

/** R21: the same access again; only a page that was evicted in between makes it a new fault. After a sleep that its page did not end it is the same one. */
function retry(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const isAgain = state.cells[state.actor(actor) + A.access] === Access.again;
  beginOfFault(state, Kind.retry, vcpu, actor)[Row.choice] = 1;
  const seq = sendOfFault(state, sink, actor);
  if (isAgain) meetPageAgain(state, vcpu, actor, seq, sink);
  else meetPage(state, vcpu, actor, seq, sink);
}

/** R22: the page is failed; the access is given up and the task goes on (Q16). */
function abandon(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const row = beginOfFault(state, Kind.abandon, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.result] = 1;
  sendOfFault(state, sink, actor);
  endAccess(state, actor);
}
