import {Kind, type KindName} from '../../../protocol/kinds.js';
import {Reason} from '../../../protocol/reasons.js';
import {none, Row, type RowSink} from '../../../protocol/row.js';
import {begin, beginOfFault, ofTask, refOfActor, send, sendOfFault} from '../../emit.js';
import {meetPage, meetPageAgain} from '../../fault.js';
import {A, Access, Mask, Mode, Page, Pc, RefA, RefV, refVcpuCells, Status, T, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {pnpGuest} from '../pnp/guest.js';
import {takeEarly} from '../pnp/sleepers.js';
import type {GuestPort, GuestStep} from '../port.js';
import {I, itemOf, K, kvmOf, RefK, refOfKvm} from './cells.js';
import {findItem} from './items.js';
import {hostOf} from './port.js';
import {ReadyPc} from './ready.js';
import {parkSleeper} from './sleepers.js';

/** What the guest of Linux does under either protocol. All its handlers run with IF=0 from the first step to IRET. */

/** The page-not-present handler reads CR2, resets the word of the area, then waits under the token it read. */
const handlerSteps: Readonly<Record<number, number>> = {
  [Pc.copy]: Kind.copy,
  [Pc.clear]: Kind.flags,
  [Pc.park]: Kind.park,
  [Pc.iret]: Kind.iret,
};

/** Steps that are those of the proposal's guest. */
const alike = pnpGuest.steps as Readonly<Record<KindName, GuestStep>>;

/** The steps that both protocols have. */
export const kvmSteps = {
  copy,
  park,
  retry,
  enable,
  halt: alike.halt,
  resume: alike.resume,
  abandon: alike.abandon,
} as const;

/** The next step of the vCPU: `bootStep` comes before all else, `readySteps` names those of READY's handler. */
export function nextStepOf(
  bootStep: (state: EngineState, vcpu: number) => number,
  readySteps: Readonly<Record<number, number>>,
): GuestPort['nextStep'] {
  return (state, vcpu) => {
    const v = state.vcpu(vcpu);
    const {cells} = state;
    if (cells[v + V.mode] !== Mode.guest) return none;
    const inNmi = cells[v + V.nmi] !== 0;
    if (!inNmi && cells[v + V.irq] !== ReadyPc.none) return readySteps[cells[v + V.irq]];
    const boot = inNmi ? none : bootStep(state, vcpu);
    if (boot !== none) return boot;
    const actor = state.currentActor(vcpu);
    if (actor < 0) return none;
    const a = state.actor(actor);
    if (cells[a + A.pc] !== Pc.none) return handlerSteps[cells[a + A.pc]];
    if (cells[a + A.access] === Access.retry) return Kind.retry;
    if (cells[a + A.access] === Access.abandon) return Kind.abandon;
    return inNmi ? Kind.iret : none;
  };
}

/** READY waits for IF=1, no shadow and the TPR, and never comes into a handler. */
export function interruptible(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells} = state;
  const mode = cells[v + V.mode];
  if (mode !== Mode.guest && mode !== Mode.halted) return false;
  if (cells[v + V.mask] !== Mask.interruptFlag || cells[v + V.nmi] !== 0 || cells[v + V.irq] !== ReadyPc.none)
    return false;
  const task = cells[v + V.task] - 1;
  return task < 0 || cells[state.actor(task) + A.pc] === Pc.none;
}

/** The test and the halt are one step (STI;HLT); a vCPU that has yet to enable does not halt. */
export function mayHalt(state: EngineState, vcpu: number): boolean {
  return pnpGuest.mayHalt(state, vcpu) && state.port.guest.nextStep(state, vcpu) === none;
}

export const {mayResume} = pnpGuest;

/** Whether the vCPU has yet to write MSR_KVM_ASYNC_PF_EN. */
export function mustEnable(state: EngineState, vcpu: number): boolean {
  return state.cells[kvmOf(state, vcpu) + K.enabled] === 0;
}

/** MSR_KVM_ASYNC_PF_EN is written: the host queues a wake-all, for sleepers of a life before (B.2, E28). */
function enable(state: EngineState, vcpu: number, sink: RowSink): void {
  const v = state.vcpu(vcpu);
  const k = kvmOf(state, vcpu);
  const row = begin(state, Kind.enable, vcpu);
  row[Row.choice] = 1;
  state.refs[refOfKvm(state, vcpu) + RefK.enable] = send(state, sink);
  state.put(k + K.enabled, 1);
  if (state.cells[k + K.doneFirst] === 0) {
    state.put(k + K.wakeAll, 1);
    state.put(v + V.tokensUsed, state.cells[v + V.tokensUsed] + 1);
  }
  hostOf(state).rescan(state, vcpu, sink);
}

/** The handler reads the token from CR2. */
function copy(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const token = state.cells[state.vcpu(vcpu) + V.dataToken];
  state.put(a + A.token, token);
  state.put(a + A.pc, Pc.clear);
  const row = beginOfFault(state, Kind.copy, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = token >>> 0;
  sendOfFault(state, sink, actor);
}

/** The handler resets the word of the area (PI-S2, LG-S1), before anything that can fault. */
export function resetWord(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const ref = refOfActor(state, actor);
  state.put(state.vcpu(vcpu) + V.inuse, 0);
  state.put(state.actor(actor) + A.pc, Pc.park);
  const row = begin(state, Kind.flags, vcpu);
  row[Row.choice] = 1;
  ofTask(state, row, actor);
  row[Row.fault] = state.refs[ref + RefA.fault];
  row[Row.cause] = state.refs[ref + RefA.cause];
  row[Row.reason] = Reason.by_guest;
  row[Row.value] = 0;
  state.refs[ref + RefA.cause] = send(state, sink);
}

/** kvm_async_pf_task_wait: the task sleeps under the token, unless a dummy says that its READY came first. */
function park(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const a = state.actor(actor);
  const token = state.cells[a + A.token];
  const isReady = takeEarly(state, vcpu, token) !== none;
  const row = beginOfFault(state, Kind.park, vcpu, actor);
  row[Row.choice] = 1;
  row[Row.token] = token >>> 0;
  row[Row.value] = isReady ? 0 : 1;
  if (isReady) {
    row[Row.reason] = Reason.early;
    state.put(a + A.access, Access.retry);
  } else {
    parkSleeper(state, vcpu, actor, token);
    state.put(a + A.status, Status.parked);
  }
  state.put(a + A.pc, Pc.iret);
  sendOfFault(state, sink, actor);
}

/** Returns from the innermost handler; `afterReady` is what the host does once READY's has returned. */
export function iretThen(afterReady: GuestStep): GuestStep {
  return (state, vcpu, sink) => {
    const v = state.vcpu(vcpu);
    const {cells} = state;
    const actor = state.currentActor(vcpu);
    const inNmi = cells[v + V.nmi] !== 0;
    const inReady = !inNmi && cells[v + V.irq] !== ReadyPc.none;
    const row = begin(state, Kind.iret, vcpu);
    row[Row.choice] = 1;
    if (actor >= 0) ofTask(state, row, actor);
    if (inNmi || inReady) {
      row[Row.reason] = inNmi ? Reason.nmi : Reason.page_ready;
      if (inReady) row[Row.cause] = state.refs[vcpu * refVcpuCells + RefV.step];
      state.put(inNmi ? v + V.nmi : v + V.irq, 0);
      send(state, sink);
      if (inReady) afterReady(state, vcpu, sink);
      return;
    }
    const ref = refOfActor(state, actor);
    row[Row.reason] = Reason.page_not_present;
    row[Row.fault] = state.refs[ref + RefA.fault];
    row[Row.cause] = state.refs[ref + RefA.cause];
    state.refs[ref + RefA.cause] = send(state, sink);
    state.put(state.actor(actor) + A.pc, Pc.none);
    if (cells[state.actor(actor) + A.status] === Status.parked) state.put(v + V.task, 0);
  };
}

/** The same access again; a new fault only if its page was there since, and is gone again. */
function retry(state: EngineState, vcpu: number, sink: RowSink): void {
  const actor = state.currentActor(vcpu);
  const again = awaitsStill(state, actor);
  beginOfFault(state, Kind.retry, vcpu, actor)[Row.choice] = 1;
  const cause = sendOfFault(state, sink, actor);
  (again ? meetPageAgain : meetPage)(state, vcpu, actor, cause, sink);
}

/** The page that the actor waits for was not there since its fault: it has failed, or the item of its token is not done. */
function awaitsStill(state: EngineState, actor: number): boolean {
  const {cells} = state;
  const page = state.accessPage(actor);
  if (state.pageState(page) === Page.failed) return true;
  const token = cells[state.actor(actor) + A.token];
  // A token that names no vCPU (B1) is that of no item, whichever vCPU's are looked at.
  const slot = findItem(state, (token & 0xfff) % state.config.vcpus, page);
  return slot !== none && cells[state.token(slot) + T.token] === token && cells[itemOf(state, slot) + I.done] === 0;
}
