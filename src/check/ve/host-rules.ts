import {TaskMode} from '../../protocol/engine-config.js';
import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import type {Model, Vcpu} from './model.js';

/** The vCPU has left the guest: in this step its fault is answered (VE-S9). */
export function onAttempt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (!isAsked(model, v)) violateUnasked(model, v, 'attempt');
  v.attemptOwes = row[Row.seq];
  model.owing.add(v);
}

/** The hardware writes the busy word, to deliver at once. */
export function onBusyByHost(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('VE-L2');
  if (v.busy !== 0) {
    const found = `#VE comes on vcpu ${v.number} with the busy word not 0`;
    model.report.violate('VE-S2', `${found}; expected a VM exit and a suspension`, v.busySeq);
  }
  v.busy = 1;
  v.busySeq = row[Row.seq];
  v.fillOwes = row[Row.seq];
  model.owing.add(v);
}

/** VE-S1; that the busy word was 0 is VE-S2's, when it is written. */
export function onDelivery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  report.reach('VE-S1');
  model.accounting.deliveries++;
  if (v.mode === 'asleep') {
    report.violate('VE-S7', `#VE on vcpu ${v.number}, which is suspended; expected a wakeup before`, v.sleepSeq);
  } else if (!isAsked(model, v)) {
    violateUnasked(model, v, 'delivery');
  }
  if (v.fillOwes === none) {
    const found = `#VE on vcpu ${v.number} with the busy word ${v.busy} from before`;
    report.violate('VE-S1', `${found}; expected it written in this step`, v.busySeq);
  }
  const reason = firstReason(model, v, number);
  if (reason === Reason.no_token || reason === Reason.nested) {
    const found = `#VE on vcpu ${v.number} though the suppress bit is set`;
    report.violate('VE-S1', `${found} (${reasonNames[reason]}); expected a deferral`);
  }
  if (v.frames > 0) report.reach('R27');
  if (actor.frame === null) v.frames++;
  actor.frame = {vcpu: v, deliverySeq: row[Row.seq], entry: null, parked: false};
  answer(model, row, 'delivered');
  v.delivered.set(row);
  v.mode = 'guest';
  v.attemptOwes = none;
  v.fillOwes = none;
}

/** The first reason for which an EPT violation is not converted, or `none`; what was written in this step does not count. */
function firstReason(model: Model, v: Vcpu, actor: number): number {
  if (model.config.tokens === 0) return Reason.no_token;
  if (actor < model.config.tasks && model.modeOf(actor) === TaskMode.nested) return Reason.nested;
  return v.busy === 0 ? none : Reason.busy;
}

/** VE-S2: a fault that is not converted. */
export function onDeferral(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const reason = row[Row.reason];
  report.reach('VE-S9');
  if (reason === Reason.busy) report.reach('VE-S2');
  if (v.mode !== 'asleep' && !isAsked(model, v)) violateUnasked(model, v, 'deferral');
  const expected = firstReason(model, v, model.actorOf(row));
  if (reason !== expected) {
    const found = reason === none ? 'no reason' : reasonNames[reason];
    const wanted = expected === none ? '#VE, for nothing speaks against it' : reasonNames[expected];
    report.violate('VE-S9', `deferral on vcpu ${v.number} for ${found}; expected ${wanted}`, v.busySeq);
  }
  v.attemptOwes = none;
  v.deferralOwes = row[Row.seq];
  model.owing.add(v);
}

/** R10, without #VE; VE-S7, in its handler. */
export function onSleep(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const page = pageOfRow(row);
  report.reach('VE-S7');
  v.sleepsInHandler = row[Row.reason] === Reason.suspend_me;
  if (v.sleepsInHandler) {
    if (v.suspendOwes === none) {
      const found = `vcpu ${v.number} is suspended in its #VE handler`;
      report.violate('VE-S7', `${found}; expected a hypercall with suspend_me of a page that is not ready`);
    }
    v.suspendOwes = none;
  } else {
    report.reach('R10');
    afterDeferral(model, v, 'sleep');
    answer(model, row, 'slept');
    if (model.pages.stateOf(page) === PageState.failed) {
      report.violate('VE-S9', `vcpu ${v.number} is suspended for page ${page}, which is known failed`);
    }
  }
  v.mode = 'asleep';
  v.sleepPage = page;
  v.sleepSeq = row[Row.seq];
  model.sleepersDue = true;
}

export function onWakeup(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.wokenStep = model.step;
  if (v.mode !== 'asleep') return;
  v.mode = 'guest';
  const page = v.sleepPage;
  model.report.reach('VE-L3');
  const state = model.pages.stateOf(page);
  if (state === PageState.absent) {
    const found = `vcpu ${v.number} is resumed, its page ${page} is absent still`;
    model.report.violate('VE-L3', `${found}; expected it ready`, v.sleepSeq);
  }
  if (state !== PageState.present || v.sleepsInHandler) return;
  const actor = model.actors[model.actorOf(row)];
  actor.readyEvictions = model.pages.evictionsOf(page);
  actor.readySeq = row[Row.seq];
}

/** R12. */
export function onRecovery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages, config} = model;
  const page = pageOfRow(row);
  report.reach('R12');
  afterDeferral(model, v, 'recovery');
  if (!config.recovery) {
    report.violate('VE-S9', `recovery on vcpu ${v.number}; expected a kill, for it is not implemented`);
  } else if (pages.stateOf(page) !== PageState.failed) {
    report.violate('VE-S9', `recovery for page ${page}, which is ${pages.nameOf(page)}; expected a suspension`);
  }
  answer(model, row, 'recovered');
  v.mode = 'guest';
}

/** A fault on the vCPU waits for its answer. */
function isAsked(model: Model, v: Vcpu): boolean {
  return v.mode === 'exited' || v.mode === 'asleep' || v.wokenStep === model.step;
}

function violateUnasked(model: Model, v: Vcpu, what: string): void {
  model.report.violate('VE-S9', `${what} on vcpu ${v.number} without a fault; expected one answer to each fault`);
}

/** Suspension, kill and recovery are answers to a deferral, and only one of them comes. */
export function afterDeferral(model: Model, v: Vcpu, what: string): void {
  if (v.deferralOwes === none) {
    const found = `${what} on vcpu ${v.number} without a deferral before it`;
    model.report.violate('VE-S9', `${found}; expected one answer to each`);
  }
  v.deferralOwes = none;
  v.attemptOwes = none;
}

/** Counts the first answer of a fault. */
export function answer(model: Model, row: Float64Array, how: 'delivered' | 'slept' | 'killed' | 'recovered'): void {
  const actor = model.actors[model.actorOf(row)];
  if (actor.fault === none || actor.fault !== row[Row.fault] || actor.answered) return;
  actor.answered = true;
  model.accounting[how]++;
}
