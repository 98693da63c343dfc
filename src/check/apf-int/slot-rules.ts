import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {blockedBy, type Model, tokenName, type Vcpu, wakeAllToken} from '../kvm/model.js';
import {tell} from '../kvm/ready-rules.js';

/** READYs that the host may have injected beyond those acknowledged (A.5.10). */
const unackedMax = 2;

/** The host takes an item from the queue: only into a free slot, and only if the LAPIC can take an interrupt (B4). */
export function onResolved(model: Model, v: Vcpu): void {
  const {report} = model;
  report.reach('PI-L2');
  if (!v.lapic) {
    const found = `an item of vcpu ${v.number} is taken from the queue with its LAPIC off`;
    report.violate('PI-L2', `${found}; expected it to wait there, for READY cannot be accepted`);
  }
  if (v.readyOwes === null && v.slotFull) {
    const found = `an item of vcpu ${v.number} is taken from the queue with a token in the slot`;
    report.violate('PI-S3', `${found}; expected it to wait for the guest to free the slot`, v.readySeq);
  }
}

export function onSlot(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (row[Row.reason] === Reason.by_host) return fill(model, v, row);
  v.slotFull = false;
  v.slotFreed = true;
  v.ready = null;
  model.touched.add(v);
  if (row[Row.token] === 0) return;
  const found = `the guest writes ${tokenName(row[Row.token])} in the slot of vcpu ${v.number}`;
  model.report.violate('PI-L1', `${found}; expected 0, which frees it`, v.readySeq);
}

/** A token of 0 would read as a free slot (B2): whether the slot is free is what the guest did last, not what it holds. */
function fill(model: Model, v: Vcpu, row: Float64Array): void {
  const {report} = model;
  const token = row[Row.token];
  report.reach('PI-S3');
  if (v.slotFull) {
    const found = `${tokenName(token)} is written in the slot of vcpu ${v.number} over ${tokenName(v.ready?.token ?? none)}`;
    report.violate('PI-S3', `${found}; expected the guest to free it first`, v.readySeq);
  }
  if (token !== wakeAllToken && (token === 0 || token % 0x1000 !== v.number)) {
    const found = `${tokenName(token)} is written in the slot of vcpu ${v.number}`;
    report.violate('PI-S6', `${found}; expected one that is not 0 and ends in the vcpu's number`);
  }
  tell(model, v, row, token);
  v.slotFull = true;
  v.raiseOwes = row[Row.seq];
  model.touched.add(v);
}

/** READY is sent, once the token is in the slot. */
export function onRaise(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, dialect} = model;
  report.reach('PI-S5');
  if (v.raiseOwes === none) {
    report.violate('PI-S4', `READY is raised on vcpu ${v.number}; expected a token written in the slot before`);
  }
  v.raiseOwes = none;
  const coalesced = row[Row.reason] === Reason.coalesced;
  if (coalesced !== v.pending) {
    const found = `a raise on vcpu ${v.number} ${coalesced ? 'coalesces' : 'does not coalesce'}`;
    report.violate('PI-S5', `${found}; expected otherwise, for READY ${v.pending ? 'pends' : 'does not pend'}`);
  }
  if (!v.pending) v.unacked++;
  if (v.unacked > unackedMax) {
    const found = `${v.unacked} READYs of vcpu ${v.number} are injected and not acknowledged`;
    report.violate('PI-S5', `${found}; expected ${unackedMax} at most`, v.readySeq);
  }
  if (v.mode !== 'guest' || blockedBy(model, v, dialect.tprGatesReady) !== '') report.reach('ready-pends');
  v.pending = true;
}

/**
 * The guest acknowledges: the host looks at what is done before the guest goes on. A slot that the guest has freed may
 * hold the next token by then, for the host looks there for other reasons too (A.5.10).
 */
export function onAck(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.touched.add(v);
  v.acked = true;
  v.ackStep = model.step;
  if (v.unacked > 0) v.unacked--;
  if (v.done.length > 0) model.report.reach('PI-L1');
  const wasFreed = v.slotFreed;
  v.slotFreed = false;
  if (!v.slotFull || wasFreed) return;
  const found = `the guest acknowledges on vcpu ${v.number} with ${tokenName(v.ready?.token ?? none)} in the slot`;
  model.report.violate('PI-L1', `${found}; expected it freed first, or the next READY does not come`, v.readySeq);
}

export function onReadyReturns(model: Model, v: Vcpu): void {
  if (v.acked) return;
  const found = `the READY handler of vcpu ${v.number} returns without an ACK`;
  model.report.violate('PI-L1', `${found}; expected one, or the next READY does not come`, v.dueSeq);
}

/** The end of a step: what is done does not wait for anything but the guest. */
export function endStep(model: Model, v: Vcpu): void {
  const {report} = model;
  if (v.raiseOwes !== none && v.lapic) {
    const found = `a token is written in the slot of vcpu ${v.number} and READY not raised`;
    report.violate('PI-S4', `${found}; expected a raise in the same step`, v.raiseOwes);
  }
  v.raiseOwes = none;
  const free = v.enabled && v.lapic && !v.slotFull && v.unacked === 0;
  const runs = v.mode === 'guest' || v.mode === 'halted' || v.mode === 'idle';
  if (v.done.length === 0 || !free || !runs || v.overdue) return;
  const item = v.done[0];
  const found = `${tokenName(item.token)} of vcpu ${v.number} is done, the slot free and nothing unacknowledged`;
  if (v.ackStep === model.step) {
    report.violate('PI-L1', `${found} after the ACK; expected it ready in the same step`, item.completionSeq);
    v.lookAgain = true;
    return;
  }
  report.violate('PI-L2', `${found}; expected it ready before the guest goes on`, item.completionSeq);
  v.overdue = true;
}
