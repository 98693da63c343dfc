import {Kind} from '../protocol/kinds.js';
import type {RowSink} from '../protocol/row.js';
import {none} from '../protocol/row.js';
import {beginOfFault, refOfActor, sendOfFault, setCause} from './emit.js';
import {A, Access, Mode, RefA, RefV, refVcpuCells, V} from './layout.js';
import type {EngineState} from './state.js';

/**
 * An access meets its page: it goes through, or it is a fault and the host takes over (R1). `cause` is the seq of the
 * access or retry that met it.
 */
export function meetPage(state: EngineState, vcpu: number, actor: number, cause: number, sink: RowSink): void {
  setCause(state, actor, cause);
  if (state.port.host.available(state, state.accessPage(actor))) {
    beginOfFault(state, Kind.retire, vcpu, actor);
    sendOfFault(state, sink, actor);
    endAccess(state, actor);
    return;
  }
  state.refs[refOfActor(state, actor) + RefA.fault] = state.seq;
  beginOfFault(state, Kind.fault, vcpu, actor);
  sendOfFault(state, sink, actor);
  leaveGuest(state, vcpu, actor);
}

/**
 * An access is tried again whose page was not evicted since its fault: it goes through, or it is the same fault and the
 * host answers it anew, without another `fault` row. `cause` is the seq of the retry.
 */
export function meetPageAgain(state: EngineState, vcpu: number, actor: number, cause: number, sink: RowSink): void {
  if (state.port.host.available(state, state.accessPage(actor))) {
    meetPage(state, vcpu, actor, cause, sink);
    return;
  }
  setCause(state, actor, cause);
  leaveGuest(state, vcpu, actor);
}

/** The host takes over; its answer is the choice `attempt`. */
function leaveGuest(state: EngineState, vcpu: number, actor: number): void {
  state.put(state.actor(actor) + A.access, Access.faulted);
  state.put(state.vcpu(vcpu) + V.mode, Mode.exited);
  state.put(state.layout.held, state.cells[state.layout.held] + 1);
  state.refs[vcpu * refVcpuCells + RefV.completion] = none;
}

/** The actor has no access under way any more; its addresses are wiped, so that states that behave alike are equal. */
export function endAccess(state: EngineState, actor: number): void {
  const a = state.actor(actor);
  for (const field of [A.access, A.page, A.offset, A.gvaLo, A.gvaHi, A.token]) state.put(a + field, 0);
  state.put(state.layout.fetches + actor, 0);
  state.refs[refOfActor(state, actor) + RefA.fault] = none;
  setCause(state, actor, none);
}
