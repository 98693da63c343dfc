import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {afterDeferral, answer} from './host-rules.js';
import {type Model, nameOf, type Vcpu} from './model.js';
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
  const actor = model.actorOf(row);
  const open = [...v.scope.tokens.values()].some((token) => token.actor === actor && token.resolutionSeq === none);
  if (open) return;
  if (v.mode === 'exited' || v.mode === 'asleep' || v.wokenStep === model.step) {
    if (model.config.tokenFreeOn === 'resolve') return; // Q5: a token is free before the ring has room for it
    report.violate('AL-S5', `a token was allocated on vcpu ${v.number} with its ring full: none was free`);
  } else {
    report.violate('AL-S3', `a ring entry for ${nameOf(model, actor)} overflows, which has no token unresolved`);
  }
}
