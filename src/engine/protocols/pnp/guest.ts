import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, ofFault, ofTask, refOfActor, send, sendOfFault, setAddresses} from '../../emit.js';
import {endAccess, meetPage} from '../../fault.js';
import {A, Access, E, entryCells, IrqPc, Mask, Mode, Pc, RefA, RefV, refVcpuCells, Status, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import type {GuestPort} from '../port.js';
import {hostOf} from './port.js';
import {addEarly, addSleeper, findSleeper, removeSleeper, takeEarly} from './sleepers.js';

/** The guest of the proposal: handlers in atomic steps between which an NMI, or with IF set READY, may come. */
export const pnpGuest: GuestPort = {
  nextStep,
  interruptible,
  mayHalt,
  mayResume,
  steps: {copy, park, inuse: clear, iret, interrupt, consume, unpark, halt, resume, retry, abandon},
};

const handlerSteps: readonly number[] = [none, Kind.copy, Kind.park, Kind.inuse, Kind.iret];

function nextStep(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  if (cells[v + V.mode] === Mode.halted) return Kind.resume;
  if (cells[v + V.mode] !== Mode.guest) return none;
  const inNmi = cells[v + V.nmi] !== 0;
  if (!inNmi && cells[v + V.irq] !== IrqPc.none) {
    if (cells[v + V.irq] === IrqPc.unpark) return Kind.unpark;
    return cells[v + V.head] === cells[v + V.tail] ? Kind.iret : Kind.consume; // Q31: an empty ring is legal
  }
  const actor = state.currentActor(vcpu);
  if (actor < 0) return none;
  const a = state.actor(actor);
  if (cells[a + A.pc] !== Pc.none) return handlerSteps[cells[a + A.pc]];
  if (cells[a + A.access] === Access.retry) return Kind.retry; // R21
  if (cells[a + A.access] === Access.abandon) return Kind.abandon; // R22
  return inNmi ? Kind.iret : none;
}

/** R20: READY obeys IF, the shadows and the TPR like any interrupt; handlers run with IF=0 unless handler.interrupts is on. */
function interruptible(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  const mode = cells[v + V.mode];
  if (mode !== Mode.guest && mode !== Mode.halted) return false;
  if (cells[v + V.mask] !== Mask.interruptFlag || cells[v + V.nmi] !== 0 || cells[v + V.irq] !== IrqPc.none)
    return false;
  const task = cells[v + V.task] - 1;
  return task < 0 || cells[state.actor(task) + A.pc] === Pc.none || state.config.handlerInterrupts;
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
  sendOfFault(state, sink, actor);
}

/** The task becomes the token's sleeper, unless its resolution was consumed before (R16): then it does not sleep. */
function park(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const token = state.cells[a + A.token];
  const result = takeEarly(state, vcpu, token);
  const row = beginOfFault(state, Kind.park, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = token >>> 0;
  if (result === none) {
    addSleeper(state, vcpu, actor, token);
    state.put(a + A.status, Status.parked);
    row[Row.value] = 1;
  } else {
    state.put(a + A.access, afterResult(result));
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
  if (state.cells[v + V.task] !== 0) row[Row.task] = state.cells[v + V.task] - 1;
  row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.raise];
  state.refs[vcpu * refVcpuCells + RefV.step] = send(state, sink);
}

/** Reads the entry at tail and frees it, and with it its token (Q5, Q7). One READY drains the whole ring. */
function consume(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const {cells, config, layout} = state;
  const index = (cells[v + V.tail] >>> 0) % config.tokens;
  const entry = layout.ring + (vcpu * config.tokens + index) * entryCells;
  const token = cells[entry + E.token];
  const result = cells[entry + E.result];
  const slot = cells[entry + E.slot];
  const sleeper = findSleeper(state, vcpu, token);
  const owner = slot === none ? sleeper : cells[state.token(slot) + T.actor] - 1;
  const row = begin(state, Kind.consume, vcpu);
  row[Row.choice] = 1;
  if (owner !== none) ofFault(state, row, owner);
  row[Row.cause] = state.refs[layout.refRing + vcpu * config.tokens + index];
  row[Row.token] = token >>> 0;
  row[Row.result] = result;
  row[Row.value] = sleeper === none ? 0 : 1;
  for (const field of [E.token, E.result, E.slot]) state.put(entry + field, 0);
  state.put(v + V.tail, (cells[v + V.tail] + 1) | 0);
  if (slot !== none) hostOf(state).freeToken(state, vcpu, slot);
  if (sleeper === none) {
    addEarly(state, vcpu, token, result);
  } else {
    state.put(v + V.irq, IrqPc.unpark);
    state.put(v + V.irqActor, sleeper + 1);
    state.put(v + V.irqResult, result);
  }
  const seq = send(state, sink);
  if (sleeper !== none) state.refs[refOfActor(state, sleeper) + RefA.cause] = seq;
}

/** The sleeper becomes runnable; one that has not left its handler yet just goes on. */
function unpark(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const actor = state.cells[v + V.irqActor] - 1;
  const a = state.actor(actor);
  const result = state.cells[v + V.irqResult];
  removeSleeper(state, vcpu, actor);
  state.put(a + A.status, state.cells[a + A.pc] === Pc.none ? Status.runnable : Status.running);
  state.put(a + A.access, afterResult(result));
  for (const field of [V.irqActor, V.irqResult]) state.put(v + field, 0);
  state.put(v + V.irq, IrqPc.drain);
  const row = beginOfFault(state, Kind.unpark, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = state.cells[a + A.token] >>> 0;
  row[Row.result] = result;
  sendOfFault(state, sink, actor);
}

/** R21, R22: what a resolution tells the task to do. */
function afterResult(result: number): number {
  return result === 0 ? Access.retry : Access.abandon;
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

/** R21: the same access again; only a page that was evicted in between makes it a new fault. */
function retry(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  beginOfFault(state, Kind.retry, vcpu, actor)[Row.choice] = 1;
  meetPage(state, vcpu, actor, sendOfFault(state, sink, actor), sink);
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
