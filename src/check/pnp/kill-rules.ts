import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {afterDeferral, answer} from './host-rules.js';
import type {Model, Vcpu} from './model.js';
import {capacityOf} from './scope.js';
import {clearOwes} from './step-rules.js';

export function onLog(model: Model, row: Float64Array): void {
  model.vcpuOf(row).logSeq = row[Row.seq];
}

/** R11 and R18: the guest's end. */
export function onKill(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('AL-S13');
  if (row[Row.reason] === Reason.known_failed) killKnownFailed(model, v, row);
  else if (row[Row.reason] === Reason.ring_corrupt) killCorrupt(model, v);
  else killOverflow(model, v, row);
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
    report.violate('AL-S9', 'the guest is killed for a failed page; expected a log row just before');
  }
  afterDeferral(model, v, 'kill');
  const page = pageOfRow(row);
  if (pages.stateOf(page) !== PageState.failed) {
    report.violate('AL-S9', `the guest is killed for page ${page}, which is ${pages.nameOf(page)}; expected sleep`);
  } else if (model.config.recovery) {
    report.violate('AL-S9', 'the guest is killed for a failed page; expected recovery, which is implemented');
  }
}

/** Q24: no guest that is honest brings its ring to this. */
function killCorrupt(model: Model, v: Vcpu): void {
  const {tokens} = model.config;
  model.report.reach('AL-S6');
  model.report.violate(
    'AL-S6',
    `the guest is killed for ring_corrupt on vcpu ${v.number}; expected it to leave a tail at most ${tokens} behind head`,
  );
}

/** A full ring is the host's fault or the guest's (R18): what a faultless host writes always fits. */
function killOverflow(model: Model, v: Vcpu, row: Float64Array): void {
  const {report} = model;
  report.reach('R18');
  report.reach('AL-S6');
  const most = capacityOf(model.config);
  if (v.scope.ring.length < most) {
    report.violate(
      'AL-S6',
      `the guest is killed for ring_overflow with ${v.scope.ring.length} entries in the ring of vcpu ${v.number}; expected ${most}`,
    );
    return;
  }
  const token = v.scope.tokens.get(row[Row.token]);
  const isUnresolved = token !== undefined && token.resolutionSeq === none;
  if (isUnresolved) return; // what took its room was reported
  const isAsked = v.mode === 'exited' || v.mode === 'asleep' || v.wokenStep === model.step;
  if (isAsked && v.earlyOwes === null && token === undefined) {
    if (model.config.tokenFreeOn === 'resolve') return; // Q5: a token is free before the ring has room for it
    report.violate('AL-S5', `a token was allocated on vcpu ${v.number} with its ring full: none was free`);
  } else {
    const found = `a ring entry of token ${row[Row.token]} overflows on vcpu ${v.number}`;
    report.violate('AL-S3', `${found}; expected a token that is not resolved`, token?.resolutionSeq ?? none);
  }
}
