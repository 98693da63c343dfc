import {none} from '../../protocol/row.js';
import {PageState} from '../page-states.js';
import type {Model, Vcpu} from './model.js';

/** The end of a step: what its rows promised must have come. */
export function endStep(model: Model): void {
  for (const v of model.owing) {
    checkAnswered(model, v);
    checkTold(model, v);
    if (v.hostCurrent === none && v.queue.length > 0 && !v.stalled) {
      const found = `entry ${v.queue[0]} of vcpu ${v.number} is completed and not injected`;
      model.report.violate('VE-S8', `${found}; expected a raise, for host_current is free`);
      v.stalled = true;
    }
    clearOwes(v);
  }
  if (model.owing.size > 0) model.owing.clear();
  if (model.sleepersDue) checkSleepers(model);
}

function checkAnswered(model: Model, v: Vcpu): void {
  const {report} = model;
  if (v.attemptOwes !== none) {
    const found = `the attempt on vcpu ${v.number} ends`;
    report.violate('VE-S9', `${found} with neither delivery nor deferral`, v.attemptOwes);
  }
  if (v.deferralOwes !== none) {
    const expected = 'expected sleep, recovery, or log and kill';
    report.violate('VE-S9', `the deferral on vcpu ${v.number} has no answer; ${expected}`, v.deferralOwes);
  }
  if (v.fillOwes !== none) {
    const found = `the busy word of vcpu ${v.number} is written`;
    report.violate('VE-S1', `${found}; expected a delivery in the same step`, v.fillOwes);
  }
}

function checkTold(model: Model, v: Vcpu): void {
  const {report} = model;
  if (v.suspendOwes !== none) {
    const found = `vcpu ${v.number} says suspend_me of a page that is not ready`;
    report.violate('VE-S7', `${found}; expected its suspension in the same step`, v.suspendOwes);
  }
  if (v.resolveOwes !== none) {
    const found = `vcpu ${v.number} tells the host of a page that is ready`;
    report.violate('VE-L1', `${found}; expected a resolution in the same step`, v.resolveOwes);
  }
  if (v.bugOwes !== none) {
    const found = `the #VE handler of vcpu ${v.number} has no entry`;
    report.violate('VE-S5', `${found}; expected a kill in the same step`, v.bugOwes);
  }
}

/** A vCPU owes nothing any more. */
export function clearOwes(v: Vcpu): void {
  v.attemptOwes = none;
  v.deferralOwes = none;
  v.fillOwes = none;
  v.suspendOwes = none;
  v.resolveOwes = none;
  v.bugOwes = none;
}

function checkSleepers(model: Model): void {
  model.sleepersDue = false;
  for (const v of model.vcpus) {
    if (v.mode !== 'asleep' || model.pages.stateOf(v.sleepPage) === PageState.absent) continue;
    const state = model.pages.nameOf(v.sleepPage);
    model.report.violate('VE-L3', `vcpu ${v.number} stays suspended, its page ${v.sleepPage} is ${state}`, v.sleepSeq);
    v.sleepPage = none; // said once
  }
}
