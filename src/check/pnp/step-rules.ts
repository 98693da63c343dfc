import {none} from '../../protocol/row.js';
import {PageState} from '../page-states.js';
import type {Model, Vcpu} from './model.js';
import type {Token} from './scope.js';

/** The end of a step: what its rows promised must have come. */
export function endStep(model: Model): void {
  for (const v of model.owing) {
    checkAnswered(model, v);
    if (v.fillOwes !== none) {
      model.report.violate('AL-S2', `the host sets inuse of vcpu ${v.number} and delivers nothing`, v.fillOwes);
    }
    if (v.scope.raiseOwes !== none) {
      model.report.violate('AL-S7', `a ring entry of vcpu ${v.number} is not followed by a raise`, v.scope.raiseOwes);
    }
    if (v.earlyOwes !== null && model.config.earlyOrphan !== 'forbid') {
      orphan(model, v, v.earlyOwes);
    } else if (v.earlyOwes !== null) {
      const {token, resolutionSeq} = v.earlyOwes;
      const found = `token ${token} of vcpu ${v.number} is resolved and then not delivered`;
      model.report.violate('AL-S11', `${found}; expected its delivery in the same step`, resolutionSeq);
    }
    clearOwes(v);
  }
  if (model.owing.size > 0) model.owing.clear();
  if (model.sleepersDue) checkSleepers(model);
}

/** Q14: a resolution without its page-not-present, which is delivered later or never. */
function orphan(model: Model, v: Vcpu, token: Token): void {
  token.orphan = true;
  if (model.config.earlyOrphan === 'drop') return;
  v.later = token;
  v.laterIsFetch = model.actors[token.actor].isFetch;
}

function checkAnswered(model: Model, v: Vcpu): void {
  if (v.attemptOwes !== none) {
    model.report.violate(
      'AL-S9',
      `the attempt on vcpu ${v.number} ends with neither delivery nor deferral`,
      v.attemptOwes,
    );
  }
  if (v.deferralOwes !== none) {
    const expected = 'expected sleep, recovery, or log and kill';
    model.report.violate('AL-S9', `the deferral on vcpu ${v.number} has no answer; ${expected}`, v.deferralOwes);
  }
}

/** A vCPU owes nothing any more. */
export function clearOwes(v: Vcpu): void {
  v.attemptOwes = none;
  v.deferralOwes = none;
  v.fillOwes = none;
  v.scope.raiseOwes = none;
  v.earlyOwes = null;
}

function checkSleepers(model: Model): void {
  model.sleepersDue = false;
  for (const v of model.vcpus) {
    if (v.mode !== 'asleep' || v.sleepsFor === 'token' || model.pages.stateOf(v.sleepPage) === PageState.absent)
      continue;
    const state = model.pages.nameOf(v.sleepPage);
    model.report.violate('AL-L5', `vcpu ${v.number} sleeps on, its page ${v.sleepPage} is ${state}`, v.sleepSeq);
    v.sleepPage = none; // said once
  }
}
