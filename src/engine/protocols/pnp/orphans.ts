import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofTask, refOfActor, send, setAddresses, setCause} from '../../emit.js';
import {A, Pc, RefA, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {gateWithToken} from './gate.js';
import {Own, own, refLater} from './own.js';

/*
 * Q14, deliver_later: a resolution was written first and its page-not-present could not be delivered; it is delivered
 * as soon as it can be, to whichever task runs then, which finds the resolution and goes on.
 */

/** Keeps what the structure will say; the fault goes on without it. */
export function keepForLater(state: EngineState, vcpu: number, token: number): void {
  const o = own(state, vcpu);
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  state.put(o + Own.laterToken, token);
  state.put(o + Own.laterPage, state.accessPage(actor));
  state.put(o + Own.laterOffset, state.cells[a + A.offset]);
  state.put(o + Own.laterGvaLo, state.cells[a + A.gvaLo]);
  state.put(o + Own.laterGvaHi, state.cells[a + A.gvaHi]);
  state.put(o + Own.laterFetch, state.cells[state.layout.fetches + actor]);
  state.refs[refLater(state, vcpu)] = state.refs[refOfActor(state, actor) + RefA.fault];
}

/** The virtual address, or the sign that it is not known: it is not for an instruction fetch (Q10, Q11). */
export function tellGva(state: EngineState, vcpu: number, gvaLo: number, gvaHi: number, isFetch: number): void {
  const v = state.vcpu(vcpu);
  const {gvaUnknown} = state.config;
  const unknown = gvaUnknown === 'all_ones' ? -1 : 0;
  state.put(v + V.dataGvaLo, isFetch === 1 ? unknown : gvaLo);
  state.put(v + V.dataGvaHi, isFetch === 1 ? unknown : gvaHi);
  state.put(own(state, vcpu) + Own.gvaUnknown, isFetch === 1 && gvaUnknown === 'flag' ? 1 : 0);
}

/** Whether the vCPU, whose task runs its own code, has an orphan that can be delivered now. */
export function hasDeliverable(state: EngineState, vcpu: number): boolean {
  return state.cells[own(state, vcpu) + Own.laterToken] !== 0 && gateWithToken(state, vcpu) === none;
}

/** R15, Q14: delivers the orphan; the row `attempt` has been written. */
export function deliverLater(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const o = own(state, vcpu);
  const {cells} = state;
  const actor = state.currentActor(vcpu);
  const fault = state.refs[refLater(state, vcpu)];
  const token = cells[o + Own.laterToken];
  state.put(v + V.dataToken, token);
  state.put(v + V.dataPage, cells[o + Own.laterPage]);
  state.put(v + V.dataOffset, cells[o + Own.laterOffset]);
  const [gvaLo, gvaHi] = [cells[o + Own.laterGvaLo], cells[o + Own.laterGvaHi]];
  tellGva(state, vcpu, gvaLo, gvaHi, cells[o + Own.laterFetch]);
  state.put(v + V.inuse, 1); // R3
  for (let field: number = Own.laterToken; field <= Own.laterFetch; field++) state.put(o + field, 0);
  const inuse = begin(state, Kind.inuse, vcpu);
  ofTask(state, inuse, actor);
  inuse[Row.fault] = fault;
  inuse[Row.cause] = state.seq - 1;
  inuse[Row.reason] = Reason.by_host;
  inuse[Row.value] = 1;
  send(state, sink);
  const delivery = begin(state, Kind.delivery, vcpu);
  ofTask(state, delivery, actor);
  delivery[Row.fault] = fault;
  delivery[Row.cause] = state.seq - 1;
  delivery[Row.token] = token >>> 0;
  setAddresses(delivery, cells[v + V.dataPage], cells[v + V.dataOffset], gvaLo, gvaHi);
  setCause(state, actor, send(state, sink));
  state.put(state.actor(actor) + A.pc, Pc.copy);
}
