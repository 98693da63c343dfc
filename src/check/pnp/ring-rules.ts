import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {blockedBy, countTpr, type Model, nameOf, type Vcpu} from './model.js';
import {capacityOf, type Token, tokensOut} from './scope.js';

/** A token becomes outstanding: at its delivery, or at its resolution if that comes first. */
export function allocate(model: Model, v: Vcpu, actor: number, row: Float64Array): Token {
  const {report, config} = model;
  report.reach('AL-S4');
  report.reach('AL-S5');
  const token: Token = {
    token: row[Row.token],
    actor,
    page: pageOfRow(row),
    allocatedNs: row[Row.time],
    evictionsBefore: model.pages.evictionsOf(pageOfRow(row)),
    deliverySeq: none,
    resolutionSeq: none,
    consumeSeq: none,
    result: none,
    evictions: 0,
    early: false,
    orphan: false,
    vcpu: v.number,
    sleepers: [],
  };
  v.scope.tokens.set(token.token, token);
  v.scope.outstanding++;
  model.accounting.changeOutstanding(1, row[Row.time]);
  const most = capacityOf(config);
  if (v.scope.outstanding === most) report.reach('R14');
  if (tokensOut(v.scope, config) > most) {
    const unconsumed = v.scope.ring.length - v.scope.surplus;
    const found = `${v.scope.outstanding} tokens outstanding and ${unconsumed} not consumed on vcpu ${v.number}`;
    report.violate('AL-S5', `${found}; expected ${most} ${mostOf[config.tokenFreeOn]} at most`);
  }
  return token;
}

/** What N bounds (Q5). */
const mostOf = {
  consume: 'of both',
  resolve: 'tokens outstanding',
  explicit_ack: 'of both and of those not acknowledged',
} as const;

/** R17: the host writes a ring entry. */
export function onResolution(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, config} = model;
  const seq = row[Row.seq];
  for (const id of ['AL-S3', 'AL-S6', 'AL-S7', 'AL-S12', 'AL-L2', 'R17'] as const) report.reach(id);
  model.accounting.resolutions++;
  const token = resolvedToken(model, v, row);
  if (token !== null) resolveToken(model, v, token, row);
  checkResult(model, token?.page ?? pageOfRow(row), row);
  const most = capacityOf(config);
  if (v.scope.ring.length >= most) {
    const found = `a ring entry is written on vcpu ${v.number} with ${v.scope.ring.length} not consumed`;
    report.violate('AL-S6', `${found} of ${most}; expected a kill`);
  } else if (row[Row.value] !== v.scope.ring.length + 1) {
    const found = `the entry counts ${row[Row.value]} entries in the ring of vcpu ${v.number}`;
    report.violate('AL-S6', `${found}; expected ${v.scope.ring.length + 1}`);
  }
  if (v.scope.ring.length + 1 === most) report.reach('R18');
  const owesRaise = config.readyIrq === 'each' || v.scope.ring.length === 0; // Q12
  const surplus = token === null;
  if (surplus) v.scope.surplus++;
  v.scope.ring.push({token: row[Row.token], result: row[Row.result], seq, surplus});
  if (v.scope.raiseOwes !== none) {
    report.violate('AL-S7', `a ring entry of vcpu ${v.number} is not followed by a raise`, v.scope.raiseOwes);
  }
  v.scope.raiseOwes = owesRaise ? seq : none;
  v.scope.raiseFor = v.number;
  model.owing.add(v);
}

/** The token that is resolved, allocated just now if its delivery is to follow (R15); null: there is none to resolve. */
function resolvedToken(model: Model, v: Vcpu, row: Float64Array): Token | null {
  const {report} = model;
  const known = v.scope.tokens.get(row[Row.token]);
  const actor = model.actorOf(row);
  if (known !== undefined && known.consumeSeq === none) {
    if (known.resolutionSeq === none) return known;
    const found = `token ${row[Row.token]} of vcpu ${v.number} is resolved again`;
    report.violate('AL-S3', `${found}; expected one resolution`, known.resolutionSeq);
    return null;
  }
  const isAsked = v.mode === 'exited' || v.mode === 'asleep' || v.wokenStep === model.step;
  const asked = isAsked && actor === model.currentActor(v);
  if (!asked || v.earlyOwes !== null || model.actors[actor].fault !== row[Row.fault]) {
    const found = `token ${row[Row.token]} of vcpu ${v.number} is resolved, and not outstanding`;
    report.violate('AL-S3', `${found}; expected a token that was delivered, or whose fault is being answered`);
    return null;
  }
  report.reach('AL-S11');
  report.reach('R15');
  const token = allocate(model, v, actor, row);
  token.early = true;
  v.earlyOwes = token;
  return token;
}

function resolveToken(model: Model, v: Vcpu, token: Token, row: Float64Array): void {
  if (token.deliverySeq !== none) checkInTime(model, v, token, row[Row.time]);
  token.resolutionSeq = row[Row.seq];
  token.result = row[Row.result];
  token.evictions = model.pages.evictionsOf(token.page);
  v.scope.outstanding--;
  model.accounting.changeOutstanding(-1, row[Row.time]);
  model.accounting.lifetimes.add(Math.max(0, row[Row.time] - token.allocatedNs));
}

/** R13, and L1: an outcome is known once the I/O has ended. */
function checkInTime(model: Model, v: Vcpu, token: Token, timeNs: number): void {
  const {ioMaxNs} = model.config;
  const ageNs = timeNs - token.allocatedNs;
  model.report.reach('R13');
  if (ioMaxNs === null || ageNs <= ioMaxNs) return;
  const found = `token ${token.token} of vcpu ${v.number} is resolved ${ageNs} ns after its delivery`;
  model.report.violate('AL-L1', `${found}; expected ${ioMaxNs} at most, the longest I/O`, token.deliverySeq);
}

/** R21 and R22: what the two results mean. */
function checkResult(model: Model, page: number, row: Float64Array): void {
  const result = row[Row.result];
  const state = model.pages.stateOf(page);
  if (result === 0 && state === PageState.present) return;
  if (result === 1 && state === PageState.failed) return;
  const expected = result === 0 ? 'it present' : result === 1 ? 'it failed' : 'result 0 or 1';
  const found = `token ${row[Row.token]} is resolved with result ${result}, page ${page} is ${model.pages.nameOf(page)}`;
  model.report.violate('AL-S12', `${found}; expected ${expected}`);
}

/** R19, and R20: one pending bit, into which raises coalesce. */
export function onRaise(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('R19');
  countTpr(model, v);
  if (v.scope.raiseOwes === none) {
    report.violate('AL-S7', `READY is raised on vcpu ${v.number}; expected a ring entry since the last raise`);
  } else if (!isTarget(model, v)) {
    report.violate('AL-S7', `READY is raised on vcpu ${v.number}, for an entry of vcpu ${v.scope.raiseFor}`);
  }
  const coalesced = row[Row.reason] === Reason.coalesced;
  if (coalesced !== v.pending) {
    const found = `a raise on vcpu ${v.number} ${coalesced ? 'coalesces' : 'does not coalesce'}`;
    report.violate('AL-S7', `${found}, READY is ${v.pending ? '' : 'not '}pending`);
  }
  if (coalesced || v.mode === 'asleep' || v.mode === 'exited' || blockedBy(model, v, true) !== '') report.reach('R20');
  v.scope.raiseOwes = none;
  v.pending = true;
}

/** Q12: READY goes to the vCPU that faulted, or to the lowest that can take it at once. */
function isTarget(model: Model, v: Vcpu): boolean {
  const {raiseFor} = v.scope;
  if (model.config.readyTarget === 'same') return v.number === raiseFor;
  const able = model.vcpus.find(
    (other) => (other.mode === 'guest' || other.mode === 'halted') && blockedBy(model, other, true) === '',
  );
  return v.number === (able?.number ?? raiseFor);
}

/** The READY handler acknowledges, which frees what it has consumed (Q5, explicit_ack). */
export function onAck(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (model.config.tokenFreeOn !== 'explicit_ack' || row[Row.value] !== v.scope.unacked) {
    const found = `vcpu ${v.number} acknowledges ${row[Row.value]} tokens`;
    model.report.violate('AL-S15', `${found}; expected ${v.scope.unacked}, as many as were consumed`);
  }
  v.scope.unacked = 0;
}

/** The READY handler reads an entry, which frees its token (Q5). */
export function onConsume(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('AL-S15');
  report.reach('AL-L3');
  model.accounting.consumed++;
  checkUnparkDue(model, v);
  const number = row[Row.token];
  const taken = v.scope.ring.take(number);
  if (taken === null && v.scope.ring.length > 0) return consumeOther(model, v, row);
  if (taken === null) {
    const found = `token ${number} is consumed on vcpu ${v.number}`;
    report.violate('AL-S15', `${found}, and is not in the ring; expected one that was resolved and not consumed`);
    return;
  }
  if (taken.older > 0) {
    const found = `token ${number} is consumed on vcpu ${v.number} before ${taken.older} older entries`;
    report.violate('AL-S6', `${found}; expected the oldest`, taken.entry.seq);
  }
  if (taken.entry.result !== row[Row.result]) {
    const found = `token ${number} is consumed with result ${row[Row.result]}`;
    report.violate('AL-S6', `${found}; expected ${taken.entry.result}, as it was written`, taken.entry.seq);
  }
  v.scope.unacked++;
  if (taken.entry.surplus) v.scope.surplus--;
  consumeToken(model, v, row);
}

/** Q8: what the guest reads of the oldest entry is not what the host wrote; its token is nobody's any more. */
function consumeOther(model: Model, v: Vcpu, row: Float64Array): void {
  const entry = v.scope.ring.takeOldest();
  const found = `token ${row[Row.token]} is consumed on vcpu ${v.number}`;
  model.report.violate('AL-S6', `${found}; expected ${entry.token}, as the oldest entry was written`, entry.seq);
  if (entry.surplus) v.scope.surplus--;
  if (row[Row.value] === 0) model.accounting.consumedEarly++;
  const token = v.scope.tokens.get(entry.token);
  if (token !== undefined && token.consumeSeq === none) token.consumeSeq = row[Row.seq];
}

function consumeToken(model: Model, v: Vcpu, row: Float64Array): void {
  const token = v.scope.tokens.get(row[Row.token]);
  const said = row[Row.value];
  if (said === 0) model.accounting.consumedEarly++;
  if (token === undefined || token.consumeSeq !== none) return; // the second entry of a token, reported by S3
  token.consumeSeq = row[Row.seq];
  const sleeper = token.sleepers[0] ?? none;
  if ((said === 1) !== (sleeper !== none)) {
    const found = `token ${token.token} is consumed as if it had ${said === 1 ? 'a' : 'no'} sleeper`;
    const expected = sleeper === none ? 'none, for nobody has parked' : nameOf(model, sleeper);
    model.report.violate('AL-L3', `${found}; expected ${expected}`);
    if (sleeper !== none) model.actors[sleeper].stranded = true;
  }
  if (said === 1) {
    v.unparkDue = token;
    model.accounting.sharersConsumed += Math.max(0, token.sleepers.length - 1);
  }
  const dropped = token.orphan && model.config.earlyOrphan === 'drop'; // Q14: nobody will ever ask for it
  if (dropped) model.accounting.orphans++;
  if (said === 1 || sleeper !== none || dropped) v.scope.tokens.delete(token.token);
}

/** What was consumed for a sleeper must have woken it by the READY handler's next step (L3). */
export function checkUnparkDue(model: Model, v: Vcpu): void {
  const due = v.unparkDue;
  if (due === null) return;
  v.unparkDue = null;
  if (due.sleepers.length === 0) return; // reported when it was consumed
  const found = `token ${due.token} of vcpu ${v.number} is consumed and nobody unparked`;
  model.report.violate('AL-L3', `${found}; expected ${nameOf(model, due.sleepers[0])}`, due.consumeSeq);
  for (const sleeper of due.sleepers) model.actors[sleeper].stranded = true;
}
