import {Reason} from '../../protocol/reasons.js';
import {Row} from '../../protocol/row.js';
import {checkWordFree, onDelivery as deliver, onWordByHost} from '../kvm/answer-rules.js';
import {onWordByGuest, takeReady} from '../kvm/guest-rules.js';
import {blockedBy, type Model, tokenName, type Vcpu} from '../kvm/model.js';
import {tell} from '../kvm/ready-rules.js';

/** What the reason word says. */
const pageReady = 2;

export function onWord(model: Model, row: Float64Array): void {
  if (row[Row.reason] !== Reason.by_host) onWordByGuest(model, row);
  else if (row[Row.value] === pageReady) injectReady(model, row);
  else onWordByHost(model, row);
}

/** The host writes the reason word and injects READY: a #PF whose CR2 is the token. */
function injectReady(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.touched.add(v);
  checkWordFree(model, v, pageReady);
  model.report.reach('LG-S3');
  const actor = v.current < 0 ? null : model.actors[v.current];
  if (actor !== null && actor.frame >= 0 && actor.copied < 0) {
    const found = `READY is injected on vcpu ${v.number} with page-not-present of ${tokenName(actor.frame)} not begun`;
    model.report.violate('LG-S3', `${found}; expected one at a time, or a double fault (B7)`, actor.frameSeq);
  }
  v.word = pageReady;
  v.wordSeq = row[Row.seq];
  const token = v.readyOwes?.token ?? v.lastToken;
  tell(model, v, row, token);
}

/** Page-not-present while READY has not begun would be a second #PF on top of the first (B7). */
export function onDelivery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.report.reach('LG-S3');
  if (v.ready !== null) {
    const found = `page-not-present is injected on vcpu ${v.number} with READY of ${tokenName(v.ready.token)} not begun`;
    model.report.violate('LG-S3', `${found}; expected one at a time, or a double fault (B7)`, v.readySeq);
  }
  deliver(model, row);
}

/** The host asks to be told when interrupts are allowed: something is done. */
export function onRaise(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('LG-L4');
  model.touched.add(v);
  if (v.done.length === 0) {
    report.violate('LG-L4', `READY is asked for on vcpu ${v.number} with nothing done; expected an item that is done`);
  }
  if ((row[Row.reason] === Reason.coalesced) !== v.pending) {
    const found = `a raise on vcpu ${v.number} ${v.pending ? 'does not coalesce' : 'coalesces'}`;
    report.violate('LG-L4', `${found}; expected otherwise, for READY ${v.pending ? 'pends' : 'does not pend'}`);
  }
  if (v.mode !== 'guest' || blockedBy(model, v, false) !== '') report.reach('ready-pends');
  v.pending = true;
}

export function onInterrupt(model: Model, row: Float64Array): void {
  takeReady(model, model.vcpuOf(row));
}

/** The handler has read CR2 and the word. */
export function onReadyReturns(model: Model, v: Vcpu): void {
  const {report} = model;
  if (v.ready !== null) {
    const found = `the READY handler of vcpu ${v.number} returns without having read ${tokenName(v.ready.token)}`;
    report.violate('LG-L1', `${found}; expected it to wake its sleeper`, v.readySeq);
  }
  if (v.word === 0) return;
  const found = `the READY handler of vcpu ${v.number} returns with ${v.word} in the word`;
  report.violate('LG-S1', `${found}; expected it read and reset`, v.wordSeq);
  v.word = 0; // said once
}

/** The end of a step: what is done has been asked for, or its READY is being handled. */
export function endStep(model: Model, v: Vcpu): void {
  const runs = v.mode === 'guest' || v.mode === 'halted' || v.mode === 'idle';
  if (v.done.length === 0 || v.pending || v.inReady || !v.enabled || !runs || v.overdue) return;
  const item = v.done[0];
  const found = `${tokenName(item.token)} of vcpu ${v.number} is done, and READY neither pends nor is being handled`;
  model.report.violate('LG-L4', `${found}; expected a raise`, item.completionSeq);
  v.overdue = true;
}
