import {Page, T, V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {PnpPort} from '../../src/engine/protocols/pnp/port.js';
import type {EngineState} from '../../src/engine/state.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none, type RowSink} from '../../src/protocol/row.js';
import {withHost} from './driver.js';

/** Hosts that break a rule that more than one test is about. */

/** Has no regard for tokens: when none is free it hands out the slot of one that is outstanding. */
export function endlessTokens(): PnpPort {
  return withHost({
    gate: (state, vcpu) => {
      const shut = pnp.host.gate(state, vcpu);
      return shut === Reason.no_token ? none : shut;
    },
    takeToken: (state, vcpu, actor) => {
      const slot = vcpu * state.config.tokens;
      if (state.cells[state.vcpu(vcpu) + V.freeSlot] === 0) pnp.host.freeToken(state, vcpu, slot);
      return pnp.host.takeToken(state, vcpu, actor);
    },
  });
}

/** Takes a token for free when its resolution is written, though the guest has not consumed it (Q5: `resolve`). */
export function tokensFreeOnResolve(): PnpPort {
  return withHost({
    resolve: (state, vcpu, slot, result, cause, sink) => {
      const owner = state.cells[state.token(slot) + T.actor];
      pnp.host.resolve(state, vcpu, slot, result, cause, sink);
      pnp.host.freeToken(state, vcpu, slot);
      state.put(state.token(slot) + T.actor, owner); // the consumer's row still names it
    },
    freeToken: () => {},
  });
}

/** Writes every resolution twice; the second consumer's free is void, so that the list of free slots stays whole. */
export function resolvesTwice(): PnpPort {
  return withHost({
    resolve: (state, vcpu, slot, result, cause, sink) => {
      pnp.host.resolve(state, vcpu, slot, result, cause, sink);
      if (!state.dead) pnp.host.resolve(state, vcpu, slot, result, cause, sink);
    },
    freeToken: (state, vcpu, slot) => {
      if (state.cells[state.token(slot) + T.token] === 0) return;
      const owner = state.cells[state.token(slot) + T.actor];
      pnp.host.freeToken(state, vcpu, slot);
      state.put(state.token(slot) + T.actor, owner); // the second entry's row still names it
    },
  });
}

/** `defer` of a host that puts the vCPU to sleep for a failed page too, as if its I/O were under way. */
export function sleepForFailed(state: EngineState, vcpu: number, reason: number, sink: RowSink): void {
  const page = state.accessPage(state.currentActor(vcpu));
  const failed = state.pageState(page) === Page.failed;
  if (failed) state.setPageState(page, Page.inFlight);
  pnp.host.defer(state, vcpu, reason, sink);
  if (failed) state.setPageState(page, Page.failed);
}

/** `defer` of a host that kills the guest whenever it cannot deliver, whatever the page is and whatever recovery there is. */
export function killAtOnce(state: EngineState, vcpu: number, _reason: number, sink: RowSink): void {
  pnp.host.kill(state, vcpu, state.currentActor(vcpu), Reason.known_failed, none, none, sink);
}
