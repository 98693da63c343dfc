import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {checkMayHalt, checkMayResume} from './device-rules.js';
import {type Actor, blockedBy, countTpr, type Delivered, type Model, nameOf, type Vcpu} from './model.js';
import {checkUnparkDue} from './ring-rules.js';
import type {Token} from './scope.js';

export function onMask(model: Model, row: Float64Array): void {
  model.vcpuOf(row).mask = row[Row.value];
}

/** An NMI ends HLT. */
export function onNmi(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.inNmi = true;
  v.mode = 'guest';
}

/** A preempted task takes its page-not-present handler along. */
export function onDispatch(model: Model, row: Float64Array): void {
  model.vcpuOf(row).current = row[Row.task];
}

export function onExit(model: Model, row: Float64Array): void {
  model.vcpuOf(row).current = none;
}

/** R2, S2: the handler reads what was delivered, while inuse holds it in place. */
export function onCopy(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const {delivered} = v;
  model.actors[model.actorOf(row)].copied = row[Row.token];
  if (v.inuse === 0) {
    report.violate('AL-S2', `the guest copies the data of vcpu ${v.number} with inuse 0; expected 1`, v.inuseSeq);
    return;
  }
  const same =
    row[Row.token] === delivered.token &&
    row[Row.gpaLo] === delivered.gpaLo &&
    row[Row.gpaHi] === delivered.gpaHi &&
    tellsGva(model, row, delivered);
  if (same) {
    report.reach('R2');
    return;
  }
  const found = `the guest copies token ${row[Row.token]}, gpa ${address(row[Row.gpaHi], row[Row.gpaLo])}`;
  const expected = `token ${delivered.token}, gpa ${address(delivered.gpaHi, delivered.gpaLo)}`;
  report.violate('AL-S2', `${found} on vcpu ${v.number}; expected ${expected}, as delivered`, delivered.seq);
}

/** The guest reads the virtual address that faulted, or for an instruction fetch the sign that it is not known (Q10, Q11). */
function tellsGva(model: Model, row: Float64Array, {isFetch, gvaLo, gvaHi}: Delivered): boolean {
  if (!isFetch) return row[Row.gvaLo] === gvaLo && row[Row.gvaHi] === gvaHi;
  const sign = {all_ones: 0xffffffff, zero: 0, flag: none}[model.config.gvaUnknown];
  return row[Row.gvaLo] === sign && row[Row.gvaHi] === sign;
}

function address(high: number, low: number): string {
  return high === none ? 'none' : `0x${(high * 2 ** 32 + low).toString(16)}`;
}

/** The task becomes the token's sleeper, unless its resolution was consumed before (R16). */
export function onPark(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const token = v.scope.tokens.get(row[Row.token]) ?? null;
  report.reach('AL-S16');
  if (actor.copied !== row[Row.token]) {
    const found = `${nameOf(model, number)} parks under token ${row[Row.token]}`;
    const expected = actor.copied === none ? 'a copy before' : `${actor.copied}, which its handler copied`;
    report.violate('AL-L3', `${found}; expected ${expected}`, actor.frame?.deliverySeq ?? none);
  }
  actor.parked = true;
  if (row[Row.value] === 0) return parkEarly(model, v, number, token, row);
  if (actor.sleepsUnder !== null) {
    const found = `${nameOf(model, number)} parks under token ${row[Row.token]}`;
    report.violate('AL-S16', `${found} while it sleeps under ${actor.sleepsUnder.token}`, actor.parkSeq);
  }
  actor.parkSeq = row[Row.seq];
  if (token === null || token.consumeSeq !== none) return strand(model, v, number, token, row);
  token.sleepers.push(number);
  actor.sleepsUnder = token;
}

function parkEarly(model: Model, v: Vcpu, number: number, token: Token | null, row: Float64Array): void {
  model.report.reach('R16');
  model.accounting.parkedEarly++;
  if (token === null || token.consumeSeq === none) {
    const found = `${nameOf(model, number)} does not wait for token ${row[Row.token]} of vcpu ${v.number}`;
    model.report.violate('AL-L3', `${found}, whose resolution has not been consumed; expected it to park`);
    return;
  }
  v.scope.tokens.delete(token.token);
  tellResult(model, number, token, row);
}

/** Nothing will ever wake it: the resolution came first, and was not noticed. */
function strand(model: Model, v: Vcpu, number: number, token: Token | null, row: Float64Array): void {
  const actor = model.actors[number];
  const invariant = token?.early ? 'AL-S11' : 'AL-L3';
  const found = `${nameOf(model, number)} parks under token ${row[Row.token]} of vcpu ${v.number}`;
  const expected = token === null ? 'a token that is outstanding' : 'it not to, for the resolution was consumed before';
  model.report.violate(invariant, `${found}; expected ${expected}`, token?.consumeSeq ?? none);
  actor.stranded = true;
  if (token === null) return;
  v.scope.tokens.delete(token.token);
  actor.sleepsUnder = token;
}

/** What a resolution tells a task to do: try again, or give up. */
function tellResult(model: Model, number: number, token: Token, row: Float64Array): void {
  const actor = model.actors[number];
  actor.readyEvictions = token.result === 0 ? token.evictions : none;
  actor.readySeq = row[Row.seq];
}

/** R4: the guest frees the structure. */
export function onInuseByGuest(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('AL-S2');
  model.report.reach('R4');
  if (v.inuse !== 1) {
    model.report.violate('AL-S2', `the guest clears inuse of vcpu ${v.number}, which is 0; expected 1`, v.inuseSeq);
  }
  v.inuse = 0;
  v.inuseLost = false;
  v.inuseSeq = row[Row.seq];
}

/** An inuse row that neither party may write (R3, R4). */
export function onInuseByNone(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const who = row[Row.reason] === none ? 'nobody' : reasonNames[row[Row.reason]];
  const found = `inuse of vcpu ${v.number} is set to ${row[Row.value]} ${who}`;
  model.report.reach('AL-S2');
  model.report.violate('AL-S2', `${found}; expected 1 by_host or 0 by_guest`, v.inuseSeq);
  v.inuse = row[Row.value];
  v.inuseSeq = row[Row.seq];
}

export function onIret(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  switch (row[Row.reason]) {
    case Reason.nmi:
      v.inNmi = false;
      return;
    case Reason.page_ready:
      checkUnparkDue(model, v);
      v.inReady = false;
      return;
  }
  const actor = model.actors[model.actorOf(row)];
  if (actor.frame !== null) {
    v.frames--;
    checkHasParked(model, v, actor);
    checkInuse(model, v);
  }
  actor.frame = null;
  actor.copied = none;
  if (actor.sleepsUnder !== null || actor.stranded) v.current = none;
}

/** L4: with no handler under way that will, nobody clears inuse. */
export function checkInuse(model: Model, v: Vcpu): void {
  if (v.inuse === 0 || v.frames > 0 || v.inuseLost) return;
  v.inuseLost = true;
  const found = `inuse of vcpu ${v.number} is 1 and no handler is under way`;
  model.report.violate('AL-L4', `${found}; expected it cleared`, v.inuseSeq);
}

/** A handler that returns without parking its task leaves nobody for the resolution to wake. */
function checkHasParked(model: Model, v: Vcpu, actor: Actor): void {
  if (actor.parked || actor.frame === null) return;
  const found = `the handler of token ${actor.frame.token} of vcpu ${v.number} returns`;
  model.report.violate('AL-L3', `${found} and has not parked its task`, actor.frame.deliverySeq);
}

/** R20: a normal interrupt. One that was not raised is spurious, which is legal (Q31). */
export function onInterrupt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('AL-S8');
  countTpr(model, v);
  const blocked = blockedBy(model, v, true);
  if (blocked !== '') {
    model.report.violate('AL-S8', `vcpu ${v.number} takes READY ${blocked}; expected it to stay pending`);
  }
  checkTakenInTime(model, v, row[Row.time]);
  v.pending = false;
  v.takeableNs = none;
  v.inReady = true;
}

/** L2, of a vCPU that could take READY for some time and may go on not taking it. */
export function checkTakenInTime(model: Model, v: Vcpu, timeNs: number): void {
  const {readyMaxNs} = model.config;
  if (readyMaxNs === null || v.takeableNs === none || timeNs - v.takeableNs <= readyMaxNs) return;
  const found = `READY is pending for ${timeNs - v.takeableNs} ns on vcpu ${v.number}, which can take it`;
  model.report.violate('AL-L2', `${found}; expected ${readyMaxNs} at most`);
}

/** The READY handler makes the sleeper of the token that it has consumed runnable. */
export function onUnpark(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const due = v.unparkDue;
  v.unparkDue = null;
  model.accounting.unparked++;
  const sleeper = due?.sleepers.indexOf(number) ?? none;
  if (due === null || due.token !== row[Row.token] || sleeper === none) {
    const found = `${nameOf(model, number)} is unparked for token ${row[Row.token]} of vcpu ${v.number}`;
    const expected =
      due === null
        ? 'a consumed token of its own'
        : `${due.sleepers.length === 0 ? 'nobody' : nameOf(model, due.sleepers[0])} for token ${due.token}`;
    report.violate('AL-L3', `${found}; expected ${expected}`, due?.consumeSeq ?? none, actor.parkSeq);
    for (const other of due?.sleepers ?? []) model.actors[other].stranded = true;
  } else {
    due.sleepers.splice(sleeper, 1);
    if (due.sleepers.length > 0) v.unparkDue = due; // those that share its token follow (Q15)
  }
  actor.sleepsUnder = null;
  actor.stranded = false;
  if (due !== null) tellResult(model, number, due, row);
}

export function onHalt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  checkMayHalt(model, v);
  v.mode = 'halted';
  v.inHlt = row[Row.reason] === Reason.hlt;
  v.haltValue = row[Row.value];
}

export function onResume(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (row[Row.reason] === Reason.interrupt) checkMayResume(model, v);
  v.mode = 'guest';
}

/** S16, of a row of a task's own code: it may finish its handler while it is registered, and nothing else. */
export function checkNotParked(model: Model, row: Float64Array): void {
  if (row[Row.task] === none) return;
  const actor = model.actors[row[Row.task]];
  if (actor.sleepsUnder === null) return;
  const found = `${nameOf(model, row[Row.task])} runs while it sleeps under token ${actor.sleepsUnder.token}`;
  model.report.violate('AL-S16', `${found}; expected its unpark first`, actor.parkSeq);
}
