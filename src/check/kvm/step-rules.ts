import {none} from '../../protocol/row.js';
import {PageState} from '../page-states.js';
import {checkRetried} from './access-rules.js';
import type {Model, Vcpu} from './model.js';
import {checkReadyOwed} from './queue-rules.js';

/** The end of a step: what its rows promised must have come. */
export function endStep(model: Model): void {
  for (const v of model.touched) {
    checkAnswered(model, v);
    if (v.retryOwes !== none) checkRetried(model, v);
    checkReadyOwed(model, v);
    model.dialect.endStep(model, v);
    v.early = null;
    if (!v.lookAgain) model.touched.delete(v);
    v.lookAgain = false;
  }
  if (model.sleepersDue) checkSleepers(model);
}

function checkAnswered(model: Model, v: Vcpu): void {
  const {report, ids} = model;
  if (v.attemptOwes !== none) {
    const found = `the attempt on vcpu ${v.number} ends with neither delivery nor deferral`;
    report.violate(ids.answer, `${found}; expected one of them`, v.attemptOwes);
  }
  if (v.deferralOwes !== none) {
    const expected = 'expected sleep, recovery, or log and kill';
    report.violate(ids.answer, `the deferral on vcpu ${v.number} has no answer; ${expected}`, v.attemptOwes);
  }
  if (v.wordOwes !== none) {
    const found = `the host writes ${v.word} in the word of vcpu ${v.number} and injects nothing`;
    report.violate(ids.word, `${found}; expected a delivery in this step`, v.wordOwes);
  }
  if (v.nmiStep === model.step && v.mode === 'halted') {
    const found = `an NMI comes to vcpu ${v.number} in the artificial halt and does not end it`;
    report.violate(ids.halt, `${found}; expected a wakeup`, v.sleepSeq);
  }
  v.attemptOwes = none;
  v.deferralOwes = none;
  v.wordOwes = none;
}

/** A sleep in the host ends in the step that brings its page, or that it failed; the artificial halt also when something is done, and nothing was. */
function checkSleepers(model: Model): void {
  model.sleepersDue = false;
  for (const v of model.vcpus) {
    if ((v.mode !== 'suspended' && v.mode !== 'halted') || v.sleepPage === none) continue;
    const {report, ids, pages} = model;
    if (pages.stateOf(v.sleepPage) !== PageState.absent) {
      const found = `vcpu ${v.number} sleeps on, its page ${v.sleepPage} is ${pages.nameOf(v.sleepPage)}`;
      report.violate(ids.sleepEnds, `${found}; expected a wakeup`, v.sleepSeq);
      v.sleepPage = none; // said once
    } else if (v.mode === 'halted' && v.firstDoneStep === model.step) {
      const found = `vcpu ${v.number} stays in the artificial halt though its first item is done`;
      report.violate(ids.sleepEnds, `${found}; expected a wakeup`, v.sleepSeq);
    }
  }
}
