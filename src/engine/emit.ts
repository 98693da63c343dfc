import {none, Row, type RowSink} from '../protocol/row.js';
import {A, RefA, refActorCells} from './layout.js';
import type {EngineState} from './state.js';

const wordOfPage = 1 << 20;

/** Begins a row of an event: all else is null until set on `state.row`; `send` writes it. */
export function begin(state: EngineState, kind: number, vcpu: number): Float64Array {
  const row = state.row;
  row.fill(none);
  row[Row.seq] = state.seq;
  row[Row.time] = state.timeNs;
  row[Row.vcpu] = vcpu;
  row[Row.kind] = kind;
  row[Row.choice] = 0;
  return row;
}

/** Writes the row begun; returns its seq. */
export function send(state: EngineState, sink: RowSink): number {
  sink.row(state.row);
  return state.seq++;
}

/** Fills in the task: null for an NMI handler. */
export function ofTask(state: EngineState, row: Float64Array, actor: number): void {
  row[Row.task] = actor < state.config.tasks ? actor : none;
}

/** Fills in what every row of a fault's life has: task, fault and addresses of the actor's access. */
export function ofFault(state: EngineState, row: Float64Array, actor: number): void {
  const a = state.actor(actor);
  ofTask(state, row, actor);
  row[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
  setAddresses(
    row,
    state.cells[a + A.page],
    state.cells[a + A.offset],
    state.cells[a + A.gvaLo],
    state.cells[a + A.gvaHi],
  );
}

/** Sets gpa and gva, each as two unsigned words; both are always known to the recorder, whatever the guest is told. */
export function setAddresses(row: Float64Array, page: number, offset: number, gvaLo: number, gvaHi: number): void {
  row[Row.gpaLo] = ((page << 12) | offset) >>> 0;
  row[Row.gpaHi] = Math.floor(page / wordOfPage);
  row[Row.gvaLo] = gvaLo >>> 0;
  row[Row.gvaHi] = gvaHi >>> 0;
}

/** Index in `refs` of an actor's sequence numbers. */
export function refOfActor(state: EngineState, actor: number): number {
  return state.layout.refActors + actor * refActorCells;
}

/** Remembers the row that the actor's next row will name as its cause. */
export function setCause(state: EngineState, actor: number, seq: number): void {
  state.refs[refOfActor(state, actor) + RefA.cause] = seq;
}

export function causeOf(state: EngineState, actor: number): number {
  return state.refs[refOfActor(state, actor) + RefA.cause];
}

/**
 * Writes a row of an actor's fault with its cause and makes it the cause of the actor's next row.
 * Fields that only some kinds have are set by the caller between `beginOfFault` and `sendOfFault`.
 */
export function beginOfFault(state: EngineState, kind: number, vcpu: number, actor: number): Float64Array {
  const row = begin(state, kind, vcpu);
  ofFault(state, row, actor);
  row[Row.cause] = causeOf(state, actor);
  return row;
}

export function sendOfFault(state: EngineState, sink: RowSink, actor: number): number {
  const seq = send(state, sink);
  setCause(state, actor, seq);
  return seq;
}
