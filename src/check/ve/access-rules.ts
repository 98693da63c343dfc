import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {type Actor, type Entry, type Model, nameOf} from './model.js';

/** The I/O of a page has ended. */
export function onCompletion(model: Model, row: Float64Array): void {
  model.pages.complete(pageOfRow(row), row[Row.result] === 1);
  model.sleepersDue = true;
}

export function onEviction(model: Model, row: Float64Array): void {
  model.pages.evict(pageOfRow(row));
}

/** R1: an access found its page not available. After a retry the page must have been evicted in between (VE-L4). */
export function onFault(model: Model, row: Float64Array): void {
  const {report, pages} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const page = pageOfRow(row);
  report.reach('VE-R1');
  report.reach('R1');
  model.accounting.faults++;
  if (pages.stateOf(page) === PageState.failed) report.reach('R23');
  const retried = actor.retrySeq !== none && actor.readyEvictions !== none;
  if (retried && actor.readyEvictions === pages.evictionsOf(page)) {
    const found = `${nameOf(model, number)} faults again on page ${page} at its retry`;
    report.violate('VE-L4', `${found}, with no eviction since it was told to; expected retire`, actor.readySeq);
  } else if (pages.stateOf(page) === PageState.present) {
    report.violate('VE-R1', `${nameOf(model, number)} faults on page ${page}, which is present`);
  }
  endAccess(actor);
  actor.fault = row[Row.seq];
  actor.answered = false;
  model.vcpuOf(row).mode = 'exited';
}

export function onRetire(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const page = pageOfRow(row);
  model.report.reach('VE-R1');
  if (model.pages.stateOf(page) !== PageState.present) {
    const found = `an access of ${nameOf(model, number)} goes through on page ${page}`;
    model.report.violate('VE-R1', `${found}, which is ${model.pages.nameOf(page)}; expected a fault`);
  }
  endAccess(model.actors[number]);
}

/** R21: the same access again; a task that waited has left its handler, and cleared its active bit. */
export function onRetry(model: Model, row: Float64Array): void {
  const actor = model.actors[model.actorOf(row)];
  model.free(actor);
  actor.retrySeq = row[Row.seq];
  if (actor.readyEvictions === none) return;
  model.report.reach('VE-L4');
  model.report.reach('R21');
}

/** R22: the page has failed. */
export function onAbandon(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const actor = model.actors[number];
  model.report.reach('R22');
  model.free(actor);
  if (actor.readyEvictions !== none) {
    const found = `${nameOf(model, number)} gives up its access of page ${pageOfRow(row)}`;
    model.report.violate('VE-L4', `${found}, which was told to try again; expected a retry`, actor.readySeq);
  }
  endAccess(actor);
}

/** What the outcome of an entry tells its task: try again, or give up. */
export function tellOutcome(actor: Actor, entry: Entry, row: Float64Array): void {
  actor.readyEvictions = entry.state === 'resolved' ? entry.evictions : none;
  actor.readySeq = row[Row.seq];
}

function endAccess(actor: Actor): void {
  actor.fault = none;
  actor.readyEvictions = none;
  actor.readySeq = none;
  actor.retrySeq = none;
}
