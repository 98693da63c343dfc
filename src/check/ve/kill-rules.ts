import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {afterDeferral, answer} from './host-rules.js';
import type {Model, Vcpu} from './model.js';
import {clearOwes} from './step-rules.js';

export function onLog(model: Model, row: Float64Array): void {
  model.vcpuOf(row).logSeq = row[Row.seq];
}

/** R11, and the kill_guest and BUG of the sketch: the guest's end. */
export function onKill(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('VE-S11');
  if (row[Row.reason] === Reason.known_failed) killKnownFailed(model, v, row);
  else killBadState(model, v, row);
  answer(model, row, 'killed');
  model.killSeq = row[Row.seq];
  for (const owing of model.owing) clearOwes(owing);
  model.owing.clear();
  model.sleepersDue = false;
}

function killKnownFailed(model: Model, v: Vcpu, row: Float64Array): void {
  const {report, pages} = model;
  report.reach('R11');
  if (v.logSeq !== row[Row.seq] - 1) {
    report.violate('VE-S9', 'the guest is killed for a failed page; expected a log row just before');
  }
  afterDeferral(model, v, 'kill');
  const page = pageOfRow(row);
  if (pages.stateOf(page) !== PageState.failed) {
    const found = `the guest is killed for page ${page}, which is ${pages.nameOf(page)}`;
    report.violate('VE-S9', `${found}; expected a suspension`);
  } else if (model.config.recovery) {
    report.violate('VE-S9', 'the guest is killed for a failed page; expected recovery, which is implemented');
  }
}

/** Killed for want of an entry, or for an entry that the host is told of, or completes, in a state that cannot be. */
function killBadState(model: Model, v: Vcpu, row: Float64Array): void {
  if (v.bugOwes !== none) return;
  const entry = v.active.get(row[Row.token]);
  if (entry === undefined || entry.state === 'resolved' || entry.state === 'fail') return;
  const found = `the guest is killed for entry ${entry.index} of vcpu ${v.number}, which is ${entry.state}`;
  model.report.violate('VE-S4', `${found}; expected it to live`, entry.copySeq);
}
