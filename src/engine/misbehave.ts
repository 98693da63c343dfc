import {assert} from '../base/assert.js';
import type {EngineConfig} from '../protocol/engine-config.js';
import {Kind} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';
import {begin, ofFault, send} from './emit.js';
import type {Protocol, ProtocolPort, Trigger} from './protocols/port.js';

/** The protocol with the bugs of a configuration in it, each of which strikes once, at its first opportunity. */
export function misbehaving(protocol: Protocol, {misbehave}: EngineConfig): ProtocolPort {
  return misbehave.reduce((port, {bug, after}, index) => {
    assert(Object.hasOwn(protocol.bugs, bug), 'the scenario names no unknown bug');
    return protocol.bugs[bug](port, trigger(index, after));
  }, protocol.port);
}

function trigger(index: number, after: number): Trigger {
  return {
    armed: (state) => state.seq > after && state.cells[state.layout.struck + index] === 0,
    strike(state, vcpu, actor, sink) {
      // A second bug of the same name has brought about what this one looks for.
      if (state.cells[state.layout.struck + index] !== 0) return;
      state.put(state.layout.struck + index, 1);
      const row = begin(state, Kind.misbehave, vcpu);
      if (actor !== none) ofFault(state, row, actor);
      row[Row.value] = index;
      send(state, sink);
    },
  };
}
