import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofFault, send} from '../../emit.js';
import {E, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {refEntryActor} from './own.js';
import {hostOf} from './port.js';
import {capacity, entryCell, entryOf, nextIndex, ringOf, usedOf} from './rings.js';

/**
 * R17: writes a ring entry of an actor's fault, with head after the payload (Q8), and returns its seq. R18: without room
 * for it the guest is killed, as it is when its tail is none that a guest could have reached (Q24): `none`.
 */
export function writeEntry(
  state: EngineState,
  vcpu: number,
  owner: number,
  token: number,
  result: number,
  slot: number,
  cause: number,
  sink: RowSink,
): number {
  const {cells, config, layout} = state;
  const ring = ringOf(config, vcpu);
  const head = state.vcpu(ring) + V.head;
  const used = usedOf(state, ring);
  if (used >= capacity(config)) {
    const reason = used > capacity(config) ? Reason.ring_corrupt : Reason.ring_overflow; // Q24, Q7
    hostOf(state).kill(state, vcpu, owner, reason, token >>> 0, cause, sink);
    return none;
  }
  const entry = entryOf(config, ring, cells[head]);
  const cell = entryCell(state, entry);
  state.put(cell + E.token, token);
  state.put(cell + E.result, result);
  state.put(cell + E.slot, slot);
  state.put(head, nextIndex(config, cells[head])); // Q8
  const row = begin(state, Kind.resolution, vcpu);
  ofFault(state, row, owner);
  row[Row.cause] = cause;
  row[Row.token] = token >>> 0;
  row[Row.result] = result;
  row[Row.value] = used + 1;
  const seq = send(state, sink);
  state.refs[layout.refRing + entry] = seq;
  state.refs[refEntryActor(state, entry)] = owner + 1;
  return seq;
}
