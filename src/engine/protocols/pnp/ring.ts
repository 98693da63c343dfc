import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofFault, send} from '../../emit.js';
import {E, entryCells, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {hostOf} from './port.js';

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
  const v = state.vcpu(vcpu);
  const {cells, config, layout} = state;
  const used = (cells[v + V.head] - cells[v + V.tail]) >>> 0;
  if (used >= config.tokens) {
    const reason = used > config.tokens ? Reason.ring_corrupt : Reason.ring_overflow; // Q24, Q7
    hostOf(state).kill(state, vcpu, owner, reason, token >>> 0, cause, sink);
    return none;
  }
  const index = (cells[v + V.head] >>> 0) % config.tokens;
  const entry = layout.ring + (vcpu * config.tokens + index) * entryCells;
  state.put(entry + E.token, token);
  state.put(entry + E.result, result);
  state.put(entry + E.slot, slot);
  state.put(v + V.head, (cells[v + V.head] + 1) | 0); // Q8
  const row = begin(state, Kind.resolution, vcpu);
  ofFault(state, row, owner);
  row[Row.cause] = cause;
  row[Row.token] = token >>> 0;
  row[Row.result] = result;
  row[Row.value] = used + 1;
  const seq = send(state, sink);
  state.refs[layout.refRing + vcpu * config.tokens + index] = seq;
  return seq;
}
