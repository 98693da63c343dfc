import {Kind, kindNames} from '../protocol/kinds.js';
import {none, Row, type RowSink} from '../protocol/row.js';
import {begin, causeOf, ofTask, refOfActor, send, setAddresses, setCause} from './emit.js';
import {meetPage} from './fault.js';
import {A, Access, IrqPc, Mode, Page, Pc, RefA, Status, V} from './layout.js';
import type {EngineState} from './state.js';

/**
 * Applies one choice: changes `state`, and gives the sink the choice's own row and then a row for each event it caused.
 * All rows carry the choice's time. The choice must be `enabled`. Allocates nothing in the steady state.
 *
 * A choice is a row register (`Row`) of which kind, time and vcpu count, and of an access task, gpa and gva, of a
 * completion gpa and result, of an eviction gpa, of a mask value, of a dispatch task; the engine fills in the rest.
 */
export function step(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const kind = choice[Row.kind];
  const vcpu = choice[Row.vcpu];
  const {guest, host} = state.port;
  state.timeNs = choice[Row.time];
  switch (kind) {
    case Kind.access:
      return access(state, choice, sink);
    case Kind.attempt:
      sendAttempt(state, vcpu, sink);
      return host.answer(state, vcpu, sink);
    case Kind.completion:
      sendOfPage(state, kind, choice, sink);
      return host.complete(state, pageOf(choice), choice[Row.result], sink);
    case Kind.eviction:
      sendOfPage(state, kind, choice, sink);
      return state.setPageState(pageOf(choice), Page.absent);
    case Kind.mask:
      state.put(state.vcpu(vcpu) + V.mask, choice[Row.value]);
      return sendOfVcpu(state, kind, vcpu, choice[Row.value], sink);
    case Kind.nmi:
      sendOfVcpu(state, kind, vcpu, none, sink);
      state.put(state.vcpu(vcpu) + V.nmi, 1);
      return state.put(state.vcpu(vcpu) + V.mode, Mode.guest);
    case Kind.dispatch:
      return dispatch(state, vcpu, choice[Row.task], sink);
    case Kind.exit:
      return exit(state, vcpu, sink);
    case Kind.inuse:
      return guest.clear(state, vcpu, sink);
    default:
      return guest[kindNames[kind] as 'copy'](state, vcpu, sink);
  }
}

/** Whether a choice can happen in this state: what replay asks of every row before it steps, and a search of every candidate. */
export function enabled(state: EngineState, choice: Float64Array): boolean {
  const {config, cells} = state;
  const kind = choice[Row.kind];
  if (state.dead || !(choice[Row.time] >= state.timeNs)) return false;
  if (kind === Kind.completion || kind === Kind.eviction) return enabledOfPage(state, kind, choice);
  const vcpu = choice[Row.vcpu];
  if (!(vcpu >= 0 && vcpu < config.vcpus)) return false;
  const v = state.vcpu(vcpu);
  const mode = cells[v + V.mode];
  switch (kind) {
    case Kind.access:
      return mode === Mode.guest && mayAccess(state, vcpu, choice);
    case Kind.attempt:
      return mode === Mode.exited;
    case Kind.mask:
      return mode === Mode.guest && inTask(state, vcpu) && choice[Row.value] >= 0 && choice[Row.value] < 16;
    case Kind.nmi: // an NMI ends HLT, but not a suspension by hypercall (R26)
      return cells[v + V.nmi] === 0 && (mode === Mode.guest || (mode === Mode.halted && config.wait === 'hlt'));
    case Kind.dispatch:
      return mode === Mode.guest && mayDispatch(state, vcpu, choice[Row.task]);
    case Kind.exit:
      return mode === Mode.guest && inTask(state, vcpu) && accessOf(state, vcpu) === Access.none;
    case Kind.interrupt:
      return mode === Mode.guest && cells[v + V.pending] !== 0 && state.port.guest.interruptible(state, vcpu);
    case Kind.halt:
      return state.port.guest.mayHalt(state, vcpu);
    case Kind.resume:
      return state.port.guest.mayResume(state, vcpu);
    default:
      return state.port.guest.nextStep(state, vcpu) === kind;
  }
}

/** Page number of a choice's gpa, which is below 2^52. */
export function pageOf(choice: Float64Array): number {
  return choice[Row.gpaHi] * (1 << 20) + (choice[Row.gpaLo] >>> 12);
}

function enabledOfPage(state: EngineState, kind: number, choice: Float64Array): boolean {
  const page = pageOf(choice);
  if (!(page >= 0 && page < state.config.pages)) return false;
  const pageState = state.pageState(page);
  if (kind === Kind.eviction) return pageState === Page.present;
  const result = choice[Row.result];
  if (result !== 0 && result !== 1) return false;
  return pageState === Page.inFlight || (pageState === Page.absent && awaitsAnswer(state, page));
}

/** I/O that takes no time ends before the host answers the fault that started it. */
function awaitsAnswer(state: EngineState, page: number): boolean {
  for (let vcpu = 0; vcpu < state.config.vcpus; vcpu++) {
    if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.exited) continue;
    if (state.accessPage(state.currentActor(vcpu)) === page) return true;
  }
  return false;
}

/** The vCPU runs a task's own code, in no handler. */
function inTask(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const task = state.cells[v + V.task] - 1;
  if (state.cells[v + V.nmi] !== 0 || state.cells[v + V.irq] !== IrqPc.none || task < 0) return false;
  return state.cells[state.actor(task) + A.pc] === Pc.none;
}

function accessOf(state: EngineState, vcpu: number): number {
  return state.cells[state.actor(state.currentActor(vcpu)) + A.access];
}

function mayAccess(state: EngineState, vcpu: number, choice: Float64Array): boolean {
  const inNmi = state.cells[state.vcpu(vcpu) + V.nmi] !== 0;
  if (!inNmi && !inTask(state, vcpu)) return false;
  return accessOf(state, vcpu) === Access.none && pageOf(choice) >= 0 && pageOf(choice) < state.config.pages;
}

/**
 * A task may be put on a vCPU that runs none, or that can be interrupted (preemption). One that is in its
 * page-not-present handler stays on its vCPU, whose data it is about to read, and is preempted only before it parked.
 */
function mayDispatch(state: EngineState, vcpu: number, task: number): boolean {
  const {cells, config} = state;
  if (!(task >= 0 && task < config.tasks)) return false;
  const v = state.vcpu(vcpu);
  const a = state.actor(task);
  if (cells[a + A.status] !== Status.runnable || cells[v + V.nmi] !== 0 || cells[v + V.irq] !== IrqPc.none)
    return false;
  if (cells[a + A.pc] !== Pc.none && cells[a + A.vcpu] !== vcpu) return false;
  const current = cells[v + V.task] - 1;
  return (
    current < 0 ||
    (cells[state.actor(current) + A.status] === Status.running && state.port.guest.interruptible(state, vcpu))
  );
}

function access(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const vcpu = choice[Row.vcpu];
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const row = begin(state, Kind.access, vcpu);
  state.put(a + A.page, pageOf(choice));
  state.put(a + A.offset, choice[Row.gpaLo] & 0xfff);
  state.put(a + A.gvaLo, choice[Row.gvaLo] | 0);
  state.put(a + A.gvaHi, choice[Row.gvaHi] | 0);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  row[Row.cause] = causeOf(state, actor);
  setAddresses(
    row,
    state.cells[a + A.page],
    state.cells[a + A.offset],
    state.cells[a + A.gvaLo],
    state.cells[a + A.gvaHi],
  );
  meetPage(state, vcpu, actor, send(state, sink), sink);
}

function sendAttempt(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const row = begin(state, Kind.attempt, vcpu);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  row[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  row[Row.cause] = causeOf(state, actor);
  setAddresses(
    row,
    state.cells[a + A.page],
    state.cells[a + A.offset],
    state.cells[a + A.gvaLo],
    state.cells[a + A.gvaHi],
  );
  setCause(state, actor, send(state, sink));
}

function sendOfPage(state: EngineState, kind: number, choice: Float64Array, sink: RowSink): void {
  const row = begin(state, kind, none);
  row[Row.choice] = 1;
  row[Row.gpaLo] = ((pageOf(choice) << 12) >>> 0) as number;
  row[Row.gpaHi] = choice[Row.gpaHi];
  if (kind === Kind.completion) row[Row.result] = choice[Row.result];
  send(state, sink);
}

function sendOfVcpu(state: EngineState, kind: number, vcpu: number, value: number, sink: RowSink): void {
  const row = begin(state, kind, vcpu);
  const task = state.cells[state.vcpu(vcpu) + V.task] - 1;
  row[Row.choice] = 1;
  if (task >= 0) row[Row.task] = task;
  row[Row.value] = value;
  send(state, sink);
}

function dispatch(state: EngineState, vcpu: number, task: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const a = state.actor(task);
  const preempted = state.cells[v + V.task] - 1;
  if (preempted >= 0) {
    state.put(state.actor(preempted) + A.status, Status.runnable);
    setCause(state, preempted, none);
  }
  state.put(v + V.task, task + 1);
  state.put(a + A.status, Status.running);
  state.put(a + A.vcpu, vcpu);
  const row = begin(state, Kind.dispatch, vcpu);
  row[Row.choice] = 1;
  row[Row.task] = task;
  row[Row.cause] = causeOf(state, task);
  setCause(state, task, send(state, sink));
}

function exit(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  sendOfVcpu(state, Kind.exit, vcpu, none, sink);
  state.put(state.actor(state.cells[v + V.task] - 1) + A.status, Status.exited);
  state.put(v + V.task, 0);
}
