import {Kind} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, ofFault, send, setCause} from '../../emit.js';
import {Mode, Page, RefV, refVcpuCells, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {acceptsInterrupts} from './gate.js';
import {Own, own, Waits} from './own.js';
import {hostOf} from './port.js';
import {writeEntry} from './ring.js';
import {ringOf, usedOf} from './rings.js';
import {readySleeper, wakeForToken, wakeToRetry} from './sleep.js';
import {vcpuOfSlot} from './tokens.js';

/** R13: every token that waits for the page is resolved, exactly once; then who sleeps for it wakes, or is judged anew (Q18). */
export function complete(state: EngineState, page: number, result: number, sink: RowSink): void {
  const cause = state.seq - 1;
  state.setPageState(page, result === 0 ? Page.present : Page.failed); // Q17: failed for good
  let slot = state.pageWaiters(page) - 1;
  state.setPageWaiters(page, 0);
  while (slot >= 0) {
    const next = state.cells[state.token(slot) + T.next] - 1;
    state.put(state.token(slot) + T.next, 0);
    hostOf(state).resolve(state, vcpuOfSlot(state, slot), slot, result, cause, sink);
    if (state.dead) return;
    slot = next;
  }
  if (state.cells[state.layout.held] === 0) return;
  for (let vcpu = 0; vcpu < state.config.vcpus && !state.dead; vcpu++) {
    const mode = state.cells[state.vcpu(vcpu) + V.mode];
    if (mode !== Mode.asleep && mode !== Mode.exited) continue;
    if (state.accessPage(state.currentActor(vcpu)) !== page) continue;
    state.refs[vcpu * refVcpuCells + RefV.completion] = cause;
    // The fault of one has yet to be answered; another sleeps for a token only, for which its page does not wake it (Q2).
    if (mode === Mode.exited || state.cells[own(state, vcpu) + Own.waits] === Waits.token) continue;
    endSleep(state, vcpu, result, cause, sink);
  }
}

/** The page of a sleeper is ready, or has failed: then it is decided again, or given up at once (Q18). */
function endSleep(state: EngineState, vcpu: number, result: number, cause: number, sink: RowSink): void {
  setCause(state, state.currentActor(vcpu), cause);
  if (result === 0) wakeToRetry(state, vcpu, sink);
  else if (state.config.failPolicy === 'kill') hostOf(state).defer(state, vcpu, Reason.known_failed, sink);
  else hostOf(state).answer(state, vcpu, sink);
}

/** R17, or R18 if the ring is full; then R19. */
export function resolve(
  state: EngineState,
  vcpu: number,
  slot: number,
  result: number,
  cause: number,
  sink: RowSink,
): void {
  const {config} = state;
  const ring = ringOf(config, vcpu);
  const t = state.token(slot);
  const used = usedOf(state, ring);
  const seq = writeEntry(
    state,
    vcpu,
    state.cells[t + T.actor] - 1,
    state.cells[t + T.token],
    result,
    slot,
    cause,
    sink,
  );
  if (seq === none) return;
  const fault = state.refs[state.layout.refTokens + slot];
  if (config.tokenFreeOn === 'resolve') hostOf(state).freeToken(state, vcpu, slot); // Q5
  if (config.readyIrq === 'each' || used === 0) hostOf(state).raise(state, vcpu, fault, seq, sink); // R19, Q12
  if (config.tokenFreeOn === 'resolve') wakeForToken(state, ring, seq, sink);
}

/** R19, R20: a normal interrupt; one pending bit, so that raises coalesce (Q12). */
export function raise(state: EngineState, vcpu: number, fault: number, cause: number, sink: RowSink): void {
  const target = targetOf(state, vcpu);
  const v = state.vcpu(target);
  const pending = state.cells[v + V.pending] !== 0;
  state.put(v + V.pending, 1);
  const row = begin(state, Kind.raise, target);
  row[Row.fault] = fault;
  row[Row.cause] = cause;
  if (pending) row[Row.reason] = Reason.coalesced;
  const seq = send(state, sink);
  if (!pending) state.refs[target * refVcpuCells + RefV.raise] = seq;
  readySleeper(state, target, seq, sink);
}

/** Q12: READY goes to the vCPU that faulted, or to the lowest that can take it at once. */
function targetOf(state: EngineState, vcpu: number): number {
  if (state.config.readyTarget === 'same') return vcpu;
  for (let other = 0; other < state.config.vcpus; other++) {
    const mode = state.cells[state.vcpu(other) + V.mode];
    if ((mode === Mode.guest || mode === Mode.halted) && acceptsInterrupts(state, other)) return other;
  }
  return vcpu;
}

/** R11: an error is logged and the guest is killed; R18, Q24: it is killed, at once. The whole guest stops (Q35). */
export function kill(
  state: EngineState,
  vcpu: number,
  actor: number,
  reason: number,
  token: number,
  cause: number,
  sink: RowSink,
): void {
  let last = cause;
  const kinds = reason === Reason.known_failed ? logThenKill : killOnly;
  for (const kind of kinds) {
    const row = begin(state, kind, vcpu);
    ofFault(state, row, actor);
    row[Row.cause] = last;
    row[Row.reason] = reason;
    row[Row.token] = token;
    last = send(state, sink);
  }
  state.put(state.layout.dead, 1);
}

const logThenKill = [Kind.log, Kind.kill] as const;
const killOnly = [Kind.kill] as const;
