import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {tellOutcome} from './access-rules.js';
import {checkUnparkDue} from './entry-rules.js';
import {type Actor, blockedBy, type Model, nameOf, type Vcpu} from './model.js';

export function onMask(model: Model, row: Float64Array): void {
  model.vcpuOf(row).mask = row[Row.value];
}

/** An NMI ends HLT. */
export function onNmi(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.inNmi = true;
  v.mode = 'guest';
}

export function onDispatch(model: Model, row: Float64Array): void {
  model.vcpuOf(row).current = row[Row.task];
}

export function onExit(model: Model, row: Float64Array): void {
  model.vcpuOf(row).current = none;
}

/** VE-S3: the handler lets the next #VE come, once the host knows of this one. */
export function onBusyByGuest(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const number = model.actorOf(row);
  const entry = model.actors[number].frame?.entry ?? null;
  report.reach('VE-S3');
  if (v.busy !== 1) {
    report.violate('VE-S3', `the guest clears busy of vcpu ${v.number}, which is 0; expected it set`, v.busySeq);
  } else if (entry === null || entry.toldSeq === none) {
    const found = `${nameOf(model, number)} clears busy of vcpu ${v.number}`;
    report.violate('VE-S3', `${found} before its hypercall; expected it after`, v.busySeq, entry?.copySeq ?? none);
  }
  v.busy = 0;
  v.busySeq = row[Row.seq];
}

/** A write of the busy word that neither party may do. */
export function onBusyByNone(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const who = row[Row.reason] === none ? 'by nobody' : reasonNames[row[Row.reason]];
  const found = `busy of vcpu ${v.number} is set to ${row[Row.value]} ${who}`;
  model.report.reach('VE-S3');
  model.report.violate('VE-S3', `${found}; expected 1 by_host or 0 by_guest`, v.busySeq);
  v.busy = row[Row.value];
  v.busySeq = row[Row.seq];
}

/** VE-L1: the task waits exactly if its entry is CAN_CONTINUE still. */
export function onPark(model: Model, row: Float64Array): void {
  const {report} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const entry = actor.frame?.entry ?? null;
  report.reach('VE-S12');
  if (actor.waiting) {
    report.violate('VE-S12', `${nameOf(model, number)} waits, and waits already; expected its wake-up`, actor.parkSeq);
  }
  if (actor.frame !== null) actor.frame.parked = true;
  actor.parkSeq = row[Row.seq];
  const waits = row[Row.value] === 1;
  if (!waits) {
    report.reach('R16');
    model.accounting.parkedEarly++;
  }
  actor.waiting = waits;
  if (entry !== null && entry.index === row[Row.token] && waits === (entry.state === 'can_continue')) return;
  const found = `${nameOf(model, number)} ${waits ? 'waits' : 'does not wait'} under entry ${row[Row.token]}`;
  const state = entry === null ? 'a copy before' : `it otherwise, for its entry ${entry.index} is ${entry.state}`;
  report.violate('VE-L1', `${found}; expected ${state}`, entry?.resolutionSeq ?? none, entry?.copySeq ?? none);
}

export function onIret(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const actor = model.actors[model.actorOf(row)];
  switch (row[Row.reason]) {
    case Reason.nmi:
      v.inNmi = false;
      return;
    case Reason.page_ready:
      checkUnparkDue(model, v);
      v.inReady = false;
      v.hostCurrent = none;
      model.owing.add(v); // what is queued is injected in this step
      return;
  }
  if (actor.frame !== null) v.frames--;
  leaveHandler(model, v, actor, row);
  actor.frame = null;
}

/** A handler that did not go to wait has the outcome of its entry, and clears its active bit. */
function leaveHandler(model: Model, v: Vcpu, actor: Actor, row: Float64Array): void {
  const entry = actor.frame?.entry ?? null;
  if (entry === null) return;
  if (actor.waiting) {
    v.current = none;
    return;
  }
  if (entry.state !== 'resolved' && entry.state !== 'fail') {
    const found = `the #VE handler of entry ${entry.index} of vcpu ${v.number} returns`;
    model.report.violate('VE-L1', `${found}, its entry is ${entry.state}; expected it to wait`, entry.copySeq);
  }
  tellOutcome(actor, entry, row);
  model.free(actor);
}

/** R20, VE-S8: a normal interrupt. */
export function onInterrupt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('VE-S8');
  const blocked = blockedBy(model, v);
  if (blocked !== '') {
    const found = `vcpu ${v.number} takes the completion interrupt ${blocked}`;
    model.report.violate('VE-S8', `${found}; expected it to stay pending`, v.raiseSeq);
  }
  v.inReady = true;
}

export function onHalt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.mode = 'halted';
  v.haltValue = row[Row.value];
}

export function onResume(model: Model, row: Float64Array): void {
  model.vcpuOf(row).mode = 'guest';
}

/** VE-S12, of a row of a task's own code. */
export function checkNotWaiting(model: Model, row: Float64Array): void {
  if (row[Row.task] === none) return;
  const actor = model.actors[row[Row.task]];
  if (!actor.waiting) return;
  const found = `${nameOf(model, row[Row.task])} runs while it waits under entry ${actor.entry?.index}`;
  model.report.violate('VE-S12', `${found}; expected its wake-up first`, actor.parkSeq);
}
