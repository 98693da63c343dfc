import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofTask, refOfActor, send} from '../../emit.js';
import {E, Mode, Page, RefA, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import type {Bug} from '../port.js';
import {fillOut} from './host.js';
import {hostOf} from './port.js';
import {writeEntry} from './ring.js';
import {entryCell, entryOf, ringOf} from './rings.js';
import {wake} from './sleep.js';
import {tokenAfter, tokensEnd} from './tokens.js';
import {withCells, withHost} from './wrap.js';

/** R13 broken: a second entry for the token just resolved. */
const doubleResolve: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    resolve(state, vcpu, slot, result, cause, sink) {
      const [owner, token, fault] = slotOf(state, slot);
      inner.resolve(state, vcpu, slot, result, cause, sink);
      if (state.dead || !trigger.armed(state)) return;
      trigger.strike(state, vcpu, owner, sink);
      resolveSlotless(state, vcpu, {owner, token, fault, result}, cause, sink);
    },
  }));

/** R13 broken: an entry for the token that the vCPU would be handed next. */
const resolveUnknown: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    resolve(state, vcpu, slot, result, cause, sink) {
      const [owner, , fault] = slotOf(state, slot);
      inner.resolve(state, vcpu, slot, result, cause, sink);
      if (state.dead || !trigger.armed(state)) return;
      const token = tokenAfter(state.cells[state.vcpu(ringOf(state.config, vcpu)) + V.lastToken], tokensEnd);
      trigger.strike(state, vcpu, owner, sink);
      resolveSlotless(state, vcpu, {owner, token, fault, result}, cause, sink);
    },
  }));

/** R17 broken: the outcome is known and not written. */
const lostResolution: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    resolve(state, vcpu, slot, result, cause, sink) {
      if (!trigger.armed(state)) return inner.resolve(state, vcpu, slot, result, cause, sink);
      trigger.strike(state, vcpu, slotOf(state, slot)[0], sink);
    },
  }));

/** R13 broken: the I/O of a page-not-present is never begun, and nobody remembers its token. */
const resolveNever: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    answer(state, vcpu, sink) {
      const actor = state.currentActor(vcpu);
      const page = state.accessPage(actor);
      const absent = state.pageState(page) === Page.absent;
      inner.answer(state, vcpu, sink);
      const waiter = state.pageWaiters(page) - 1;
      if (!absent || waiter < 0 || state.dead || !trigger.armed(state)) return;
      state.put(state.token(waiter) + T.next, 0);
      state.setPageWaiters(page, 0);
      state.setPageState(page, Page.absent);
      trigger.strike(state, vcpu, actor, sink);
    },
  }));

/** R19 broken: an entry without READY. */
const lostInterrupt: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    raise(state, vcpu, fault, cause, sink) {
      if (trigger.armed(state)) trigger.strike(state, vcpu, none, sink);
      else inner.raise(state, vcpu, fault, cause, sink);
    },
  }));

/** What the host remembers of the token too many: the page it waits for and whose it is, +1. */
const X = {page: 0, owner: 1, vcpu: 2, token: 3} as const;

/** R8 and R14 broken: where no token is free, one more is handed out; its entry may find the ring full (R18). */
const ringOverflow: Bug = (bare, trigger) => {
  const {port, first} = withCells(bare, 4);
  return withHost(port, (inner) => ({
    defer(state, vcpu, reason, sink) {
      const actor = state.currentActor(vcpu);
      const pageState = state.pageState(state.accessPage(actor));
      const awaited = pageState === Page.absent || pageState === Page.inFlight;
      if (reason !== Reason.no_token || !awaited || state.config.tokens === 0 || !trigger.armed(state))
        return inner.defer(state, vcpu, reason, sink);
      const last = state.vcpu(ringOf(state.config, vcpu)) + V.lastToken;
      const token = tokenAfter(state.cells[last], tokensEnd);
      const x = first(state);
      state.put(last, token | 0);
      state.put(x + X.page, state.accessPage(actor) + 1);
      state.put(x + X.owner, actor + 1);
      state.put(x + X.vcpu, vcpu);
      state.put(x + X.token, token | 0);
      wake(state, vcpu, none, sink);
      trigger.strike(state, vcpu, actor, sink);
      fillOut(state, vcpu, token, none, sink);
    },
    complete(state, page, result, sink) {
      const cause = state.seq - 1;
      const x = first(state);
      inner.complete(state, page, result, sink);
      if (state.dead || state.cells[x + X.page] !== page + 1) return;
      const owner = state.cells[x + X.owner] - 1;
      const [vcpu, token] = [state.cells[x + X.vcpu], state.cells[x + X.token]];
      for (const field of Object.values(X)) state.put(x + field, 0);
      const fault = state.refs[refOfActor(state, owner) + RefA.fault];
      resolveSlotless(state, vcpu, {owner, token, fault, result}, cause, sink);
    },
  }));
};

/** Q8 broken: head is published before the payload, so that the guest reads the entry as it was before: all zero. */
const payloadLate: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    resolve(state, vcpu, slot, result, cause, sink) {
      const owner = slotOf(state, slot)[0];
      inner.resolve(state, vcpu, slot, result, cause, sink);
      if (state.dead || !trigger.armed(state)) return;
      const {config, cells} = state;
      const ring = ringOf(config, vcpu);
      const head = cells[state.vcpu(ring) + V.head] - 1;
      const index = config.ringIndex === 'modulo' ? (head + config.tokens) % config.tokens : head;
      const entry = entryCell(state, entryOf(config, ring, index));
      state.put(entry + E.token, 0);
      state.put(entry + E.result, 0);
      trigger.strike(state, vcpu, owner, sink);
    },
  }));

/** Q8 broken: `inuse` is set and the event delivered before the payload is written: the guest reads zeros. */
const dataLate: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    deliver(state, vcpu, sink) {
      inner.deliver(state, vcpu, sink);
      if (state.dead || !trigger.armed(state)) return;
      for (const field of [V.dataToken, V.dataPage, V.dataOffset, V.dataGvaLo, V.dataGvaHi])
        state.put(state.vcpu(vcpu) + field, 0);
      trigger.strike(state, vcpu, state.currentActor(vcpu), sink);
    },
  }));

/** R4 broken: the host clears `inuse` under the guest's hands. */
const inuseClearedByHost: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    deliver(state, vcpu, sink) {
      inner.deliver(state, vcpu, sink);
      if (state.dead || !trigger.armed(state)) return;
      const actor = state.currentActor(vcpu);
      trigger.strike(state, vcpu, actor, sink);
      state.put(state.vcpu(vcpu) + V.inuse, 0);
      const row = begin(state, Kind.inuse, vcpu);
      ofTask(state, row, actor);
      row[Row.fault] = state.refs[refOfActor(state, actor) + RefA.fault];
      row[Row.reason] = Reason.by_host;
      row[Row.value] = 0;
      send(state, sink);
    },
  }));

/** Q9 broken: a token that is outstanding or unconsumed on the vCPU is handed out again. */
const tokenReused: Bug = (port, trigger) => {
  let given = 0; // during one delivery only
  return withHost(port, (inner) => ({
    deliver(state, vcpu, sink) {
      const used = trigger.armed(state) ? usedToken(state, vcpu) : 0;
      if (used !== 0) trigger.strike(state, vcpu, state.currentActor(vcpu), sink);
      given = used;
      inner.deliver(state, vcpu, sink);
      given = 0;
    },
    takeToken(state, vcpu, actor) {
      const slot = inner.takeToken(state, vcpu, actor);
      if (given !== 0) state.put(state.token(slot) + T.token, given);
      return slot;
    },
  }));
};

/** The lowest token of a vCPU's slots that is in use; 0: none is. */
function usedToken(state: EngineState, vcpu: number): number {
  const {tokens} = state.config;
  const ring = ringOf(state.config, vcpu);
  for (let slot = ring * tokens; slot < (ring + 1) * tokens; slot++) {
    const token = state.cells[state.token(slot) + T.token];
    if (token !== 0) return token;
  }
  return 0;
}

/** R22 broken: the guest is told to try again an access whose page has failed. */
const failureHidden: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    resolve(state, vcpu, slot, result, cause, sink) {
      const hides = result === 1 && trigger.armed(state);
      if (hides) trigger.strike(state, vcpu, slotOf(state, slot)[0], sink);
      inner.resolve(state, vcpu, slot, hides ? 0 : result, cause, sink);
    },
  }));

/** R10 broken: a vCPU sleeps on though its page is there. */
const lostWakeup: Bug = (port, trigger) =>
  withHost(port, (inner) => ({
    complete(state, page, result, sink) {
      const sleeper = trigger.armed(state) ? sleeperOf(state, page) : none;
      const mode = state.vcpu(Math.max(sleeper, 0)) + V.mode;
      if (sleeper !== none) state.put(mode, Mode.guest); // passed over
      inner.complete(state, page, result, sink);
      if (sleeper === none) return;
      state.put(mode, Mode.asleep);
      if (!state.dead) trigger.strike(state, sleeper, state.currentActor(sleeper), sink);
    },
  }));

/** The first vCPU that sleeps for the page, or `none`. */
function sleeperOf(state: EngineState, page: number): number {
  for (let vcpu = 0; vcpu < state.config.vcpus; vcpu++) {
    if (state.cells[state.vcpu(vcpu) + V.mode] !== Mode.asleep) continue;
    if (state.accessPage(state.currentActor(vcpu)) === page) return vcpu;
  }
  return none;
}

/** Whose token a slot holds, the token, and the seq of its fault. */
function slotOf(state: EngineState, slot: number): [owner: number, token: number, fault: number] {
  const t = state.token(slot);
  return [state.cells[t + T.actor] - 1, state.cells[t + T.token], state.refs[state.layout.refTokens + slot]];
}

interface Outcome {
  owner: number;
  token: number;
  fault: number;
  result: number;
}

/** An entry that frees no token when it is consumed, with its READY. */
function resolveSlotless(state: EngineState, vcpu: number, outcome: Outcome, cause: number, sink: RowSink): void {
  const {owner, token, fault, result} = outcome;
  const seq = writeEntry(state, vcpu, owner, token, result, none, cause, sink);
  if (seq !== none) hostOf(state).raise(state, vcpu, fault, seq, sink);
}

export const hostBugs: Readonly<Record<string, Bug>> = {
  double_resolve: doubleResolve,
  resolve_unknown: resolveUnknown,
  lost_resolution: lostResolution,
  resolve_never: resolveNever,
  lost_interrupt: lostInterrupt,
  ring_overflow: ringOverflow,
  payload_late: payloadLate,
  data_late: dataLate,
  inuse_cleared_by_host: inuseClearedByHost,
  token_reused: tokenReused,
  failure_hidden: failureHidden,
  lost_wakeup: lostWakeup,
};
