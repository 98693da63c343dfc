import {Kind, kindNames} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';
import {A, Access, IrqPc, Mode, Page, Pc, Status, V} from './layout.js';
import {pageOf} from './page-of.js';
import type {EngineState} from './state.js';

/** Whether a choice can happen in this state: what replay asks of every row before it steps, and a search of every candidate. */
export function enabled(state: EngineState, choice: Float64Array): boolean {
  const {config, cells} = state;
  const kind = choice[Row.kind];
  const time = choice[Row.time];
  if (state.dead || !(time >= state.timeNs && Number.isSafeInteger(time))) return false;
  if (!isIndex(kind, kindNames.length)) return false;
  if (kind === Kind.completion || kind === Kind.eviction) return enabledOfPage(state, kind, choice);
  const vcpu = choice[Row.vcpu];
  if (!isIndex(vcpu, config.vcpus)) return false;
  const v = state.vcpu(vcpu);
  const mode = cells[v + V.mode];
  switch (kind) {
    case Kind.access:
      return mode === Mode.guest && mayAccess(state, vcpu, choice);
    case Kind.attempt:
      return mode === Mode.exited;
    case Kind.mask:
      return mode === Mode.guest && inOwnCode(state, vcpu) && isIndex(choice[Row.value], 16);
    case Kind.nmi:
      return cells[v + V.nmi] === 0 && mayTakeNmi(state, vcpu, mode);
    case Kind.dispatch:
      return mode === Mode.guest && mayDispatch(state, vcpu, choice[Row.task]);
    case Kind.exit:
      return mode === Mode.guest && inTask(state, vcpu);
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

/** An NMI ends HLT and a light sleep, but not a suspension by hypercall (R26). */
function mayTakeNmi(state: EngineState, vcpu: number, mode: number): boolean {
  if (mode === Mode.halted) return state.config.wait === 'hlt';
  return mode === Mode.guest || (mode === Mode.asleep && state.port.host.sleepsLightly?.(state, vcpu) === true);
}

/** A forged choice may hold any number: `none`, NaN and fractions are no index. */
function isIndex(value: number, count: number): boolean {
  return value >= 0 && value < count && Number.isInteger(value);
}

/** The choice's gpa is two words, and an address of the guest. */
function hasPage(state: EngineState, choice: Float64Array): boolean {
  if (!isIndex(choice[Row.gpaLo], 2 ** 32) || !isIndex(choice[Row.gpaHi], 2 ** 20)) return false;
  return pageOf(choice) < state.config.pages;
}

function enabledOfPage(state: EngineState, kind: number, choice: Float64Array): boolean {
  if (!hasPage(state, choice)) return false;
  const page = pageOf(choice);
  const pageState = state.pageState(page);
  if (kind === Kind.eviction) return pageState === Page.present;
  const result = choice[Row.result];
  if (result !== 0 && result !== 1) return false;
  return pageState === Page.inFlight || (pageState === Page.absent && awaitsAnswer(state, page));
}

/** I/O that starts with the fault and takes no time ends before the host answers that fault (R15, Q4). */
function awaitsAnswer(state: EngineState, page: number): boolean {
  if (state.config.ioStart !== 'fault') return false;
  for (let vcpu = 0; vcpu < state.config.vcpus; vcpu++) {
    if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.exited) continue;
    if (state.accessPage(state.currentActor(vcpu)) === page) return true;
  }
  return false;
}

/** The vCPU runs a task's own code, or the guest's idle loop, and nothing that must come first. */
function inOwnCode(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  return state.cells[v + V.nmi] === 0 && state.port.guest.nextStep(state, vcpu) === none;
}

function inTask(state: EngineState, vcpu: number): boolean {
  return state.cells[state.vcpu(vcpu) + V.task] !== 0 && inOwnCode(state, vcpu);
}

function accessOf(state: EngineState, vcpu: number): number {
  return state.cells[state.actor(state.currentActor(vcpu)) + A.access];
}

function mayAccess(state: EngineState, vcpu: number, choice: Float64Array): boolean {
  const inNmi = state.cells[state.vcpu(vcpu) + V.nmi] !== 0;
  if (!inNmi && !inTask(state, vcpu)) return false;
  return accessOf(state, vcpu) === Access.none && hasPage(state, choice);
}

/**
 * A task may be put on a vCPU that runs none, or that can be interrupted (preemption). One that is in its
 * page-not-present handler stays on its vCPU, whose data it is about to read, and is preempted only before it parked.
 */
function mayDispatch(state: EngineState, vcpu: number, task: number): boolean {
  const {cells, config} = state;
  if (!isIndex(task, config.tasks)) return false;
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
