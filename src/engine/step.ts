import {assert} from '../base/assert.js';
import {Kind, type KindName, kindTable} from '../protocol/kinds.js';
import {none, Row, type RowSink} from '../protocol/row.js';
import {begin, beginOfFault, causeOf, ofTask, send, sendOfFault, setAddresses, setCause} from './emit.js';
import {meetPage} from './fault.js';
import {A, Mode, Page, Status, V} from './layout.js';
import {pageOf} from './page-of.js';
import type {EngineState} from './state.js';

/**
 * Applies one choice: changes `state`, and gives the sink the choice's own row and then a row for each event it caused.
 * All rows carry the choice's time. The choice must be `enabled`. Allocates nothing in the steady state.
 *
 * A choice is a row register (`Row`) of which kind, time and vcpu count, and of an access task, gpa and gva, of a
 * completion gpa and result, of an eviction gpa, of a mask value, of a dispatch task; the engine fills in the rest.
 */
export function step(state: EngineState, choice: Float64Array, sink: RowSink): void {
  state.timeNs = choice[Row.time];
  actOfKind[choice[Row.kind]](state, choice, sink);
}

/** What a choice does; the row of the choice comes first. */
type Act = (state: EngineState, choice: Float64Array, sink: RowSink) => void;

const worldActs: Partial<Record<KindName, Act>> = {
  access,
  attempt,
  completion(state, choice, sink) {
    sendOfPage(state, Kind.completion, choice, sink);
    state.port.host.complete(state, pageOf(choice), choice[Row.result], sink);
  },
  eviction(state, choice, sink) {
    sendOfPage(state, Kind.eviction, choice, sink);
    state.setPageState(pageOf(choice), Page.absent);
  },
  mask(state, choice, sink) {
    state.put(state.vcpu(choice[Row.vcpu]) + V.mask, choice[Row.value]);
    sendOfVcpu(state, Kind.mask, choice[Row.vcpu], choice[Row.value], sink);
  },
  nmi(state, choice, sink) {
    const v = state.vcpu(choice[Row.vcpu]);
    sendOfVcpu(state, Kind.nmi, choice[Row.vcpu], none, sink);
    state.port.host.wakeForNmi?.(state, choice[Row.vcpu], state.seq - 1, sink);
    state.put(v + V.nmi, 1);
    state.put(v + V.mode, Mode.guest);
  },
  dispatch: (state, choice, sink) => dispatch(state, choice[Row.vcpu], choice[Row.task], sink),
  exit: (state, choice, sink) => exit(state, choice[Row.vcpu], sink),
};

/** By the number of the kind; events are no choices, `enabled` refuses them. */
const actOfKind: readonly Act[] = kindTable.map(
  ({name, role}) => worldActs[name] ?? (role === 'step' ? guestStep(name) : isNoChoice),
);

function guestStep(name: KindName): Act {
  return (state, choice, sink) => (state.port.guest.steps[name] ?? isNoChoice)(state, choice[Row.vcpu], sink);
}

function isNoChoice(): void {
  assert(false, 'an event is no choice');
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

/** The host has left the guest for a fault, and answers it (R1). */
function attempt(state: EngineState, choice: Float64Array, sink: RowSink): void {
  const vcpu = choice[Row.vcpu];
  const actor = state.currentActor(vcpu);
  beginOfFault(state, Kind.attempt, vcpu, actor)[Row.choice] = 1;
  sendOfFault(state, sink, actor);
  state.port.host.answer(state, vcpu, sink);
}

function sendOfPage(state: EngineState, kind: number, choice: Float64Array, sink: RowSink): void {
  const row = begin(state, kind, none);
  row[Row.choice] = 1;
  row[Row.gpaLo] = (pageOf(choice) << 12) >>> 0;
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
