import {none, Row} from '../../protocol/row.js';
import {type Actor, type Item, type Model, nameOf, tokenName, type Vcpu, wakeAllToken} from './model.js';
import {newItem} from './queue-rules.js';

/**
 * READY is injected with a token, which stands where the guest will read it. B3: only for what it was told of, or for a
 * wake-all; anything else leaves a dummy that nobody takes.
 */
export function tell(model: Model, v: Vcpu, row: Float64Array, token: number): void {
  const {report, ids} = model;
  const owed = v.readyOwes;
  report.reach(ids.inject);
  if (owed === null || owed.token !== token) {
    const found = `READY is injected on vcpu ${v.number} for ${tokenName(token)}`;
    const expected = owed === null ? 'none, for no page-not-present of it was injected' : tokenName(owed.token);
    report.violate(ids.inject, `${found}; expected ${expected}`, owed?.resolutionSeq ?? none);
  }
  const item = owed !== null && owed.token === token ? owed : newItem(token, none, none, row, true);
  v.readyOwes = null;
  if (v.ready !== null) model.counts.overwritten++;
  model.counts.injected++;
  v.ready = item;
  v.readySeq = row[Row.seq];
  v.told.set(token, item);
}

/** The READY handler reads the token, and looks for who sleeps under it; a wake-all wakes every sleeper of its vCPU. */
export function onConsume(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const token = row[Row.token];
  report.reach(ids.wake);
  report.reach(ids.read);
  model.counts.consumed++;
  checkDue(model, v);
  const item = v.ready;
  if (item === null || item.token !== token) {
    const found = `the READY handler of vcpu ${v.number} reads ${tokenName(token)}`;
    const expected = item === null ? 'a READY that was injected' : `${tokenName(item.token)}, as injected`;
    report.violate(ids.read, `${found}; expected ${expected}`, v.readySeq);
  }
  v.ready = null;
  v.told.delete(token);
  findSleepers(model, v, token);
  v.dueToken = token;
  v.dueSeq = row[Row.seq];
  model.counts.woken += v.due.length;
  if (row[Row.value] !== v.due.length) {
    const found = `READY for ${tokenName(token)} of vcpu ${v.number} finds ${row[Row.value]} sleepers`;
    const expected = v.due.length === 1 ? nameOf(model, v.due[0]) : `${v.due.length}`;
    report.violate(
      ids.wake,
      `${found}; expected ${expected}`,
      v.due.length > 0 ? model.actors[v.due[0]].parkSeq : none,
    );
  }
  if (v.due.length === 0 && token !== wakeAllToken) leaveDummy(model, v, token, row[Row.seq]);
  for (const actor of v.due) tellActor(model.actors[actor], item, row[Row.seq]);
}

function findSleepers(model: Model, v: Vcpu, token: number): void {
  v.due.length = 0;
  if (token === wakeAllToken) {
    for (const actor of v.sleepers.values()) v.due.push(actor);
    return;
  }
  const sleeper = v.sleepers.get(token);
  if (sleeper !== undefined && !model.actors[sleeper].stranded) v.due.push(sleeper);
}

/** READY came before its page-not-present was parked, and is noted: harmless only if that will still come. */
function leaveDummy(model: Model, v: Vcpu, token: number, seq: number): void {
  model.counts.dummies++;
  model.report.reach('dummy');
  v.dummies.set(token, seq);
}

/** The page of a sleeper is there: unless it is evicted, its retry goes through. */
function tellActor(actor: Actor, item: Item | null, seq: number): void {
  actor.readyEvictions = item === null || item.wakeAll ? none : item.evictions;
  actor.readySeq = seq;
}

/** The READY handler makes a sleeper runnable. */
export function onUnpark(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const number = model.actorOf(row);
  const actor = model.actors[number];
  model.counts.unparked++;
  if (v.due[0] === number) {
    v.due.shift();
  } else {
    const found = `${nameOf(model, number)} is unparked on vcpu ${v.number}`;
    const expected = v.due.length === 0 ? 'nobody' : `${nameOf(model, v.due[0])} for ${tokenName(v.dueToken)}`;
    model.report.violate(model.ids.wake, `${found}; expected ${expected}`, v.dueSeq, actor.parkSeq);
    const at = v.due.indexOf(number);
    if (at >= 0) v.due.splice(at, 1);
  }
  if (actor.sleepsUnder !== none && model.vcpus[actor.sleepsOn].sleepers.get(actor.sleepsUnder) === number) {
    model.vcpus[actor.sleepsOn].sleepers.delete(actor.sleepsUnder);
  }
  actor.sleepsUnder = none;
  actor.stranded = false;
}

/** Whom a READY has found must have been unparked when its handler returns. */
export function checkDue(model: Model, v: Vcpu): void {
  for (const number of v.due) {
    const actor = model.actors[number];
    const found = `READY for ${tokenName(v.dueToken)} of vcpu ${v.number} is handled`;
    model.report.violate(
      model.ids.wake,
      `${found} and ${nameOf(model, number)} not unparked; expected it to wake`,
      v.dueSeq,
      actor.parkSeq,
    );
    actor.stranded = true; // said once
  }
  v.due.length = 0;
}
