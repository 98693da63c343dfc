import {none} from '../../protocol/row.js';
import {type Model, nameOf, tokenName, type Vcpu} from './model.js';

/** What will never happen any more, at the end of a whole run: this needs no bound, for nothing is left that would do it. */
export function checkEnd(model: Model): void {
  for (const number of model.actors.keys()) checkOrphan(model, number);
  for (const v of model.vcpus) checkDummies(model, v);
}

/** A sleeper's token is queued, or its READY is where the guest will read it, or its handler is under way. */
function checkOrphan(model: Model, number: number): void {
  const actor = model.actors[number];
  if (actor.sleepsUnder === none || actor.stranded) return;
  const v = model.vcpus[actor.sleepsOn];
  const token = actor.sleepsUnder;
  if (v.queue.has(token) || v.due.includes(number)) return;
  const told = v.told.get(token);
  if (told !== undefined && v.ready === told) return;
  const found = `${nameOf(model, number)} sleeps under ${tokenName(token)} of vcpu ${v.number} at the end`;
  const why = told === undefined ? 'which is not queued' : 'whose READY was overwritten';
  model.report.violate(
    model.ids.wake,
    `${found}, ${why}; expected its unpark`,
    actor.parkSeq,
    told?.resolutionSeq ?? none,
  );
}

/** A dummy is there for a page-not-present whose handler is under way, and for no other. */
function checkDummies(model: Model, v: Vcpu): void {
  for (const [token, seq] of v.dummies) {
    if (model.actors.some((actor) => actor.frame === token && !actor.parked)) continue;
    const found = `a dummy for ${tokenName(token)} is left on vcpu ${v.number} at the end`;
    model.report.violate(model.ids.inject, `${found}; expected its page-not-present to take it`, seq);
  }
}
