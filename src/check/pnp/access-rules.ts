import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import type {Actor, Model} from './model.js';
import {nameOf} from './model.js';

/** An access that may fault. */
export function onAccess(model: Model, row: Float64Array): void {
  model.actors[model.actorOf(row)].isFetch = row[Row.value] === 1;
}

/** The I/O of a page has ended. */
export function onCompletion(model: Model, row: Float64Array): void {
  model.pages.complete(pageOfRow(row), row[Row.result] === 1);
  model.sleepersDue = true;
}

export function onEviction(model: Model, row: Float64Array): void {
  model.pages.evict(pageOfRow(row));
}

/** R1: an access found its page not available. After a retry the page must have been evicted in between (L6). */
export function onFault(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const page = pageOfRow(row);
  report.reach('AL-R1');
  report.reach('R1');
  model.accounting.faults++;
  if (pages.stateOf(page) === PageState.failed) report.reach('R23');
  const retried = actor.retrySeq !== none && actor.readyEvictions !== none;
  if (retried && actor.readyEvictions === pages.evictionsOf(page)) {
    const found = `${nameOf(model, number)} faults again on page ${page} at its retry`;
    report.violate('AL-L6', `${found}, with no eviction since it was told to; expected retire`, actor.readySeq);
  } else if (pages.stateOf(page) === PageState.present) {
    report.violate('AL-R1', `${nameOf(model, number)} faults on page ${page}, which is present`);
  }
  endAccess(actor);
  actor.fault = row[Row.seq];
  actor.answered = false;
  actor.page = page;
  v.mode = 'exited';
}

export function onRetire(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const page = pageOfRow(row);
  model.report.reach('AL-R1');
  if (model.pages.stateOf(page) !== PageState.present) {
    const found = `an access of ${nameOf(model, number)} goes through on page ${page}`;
    model.report.violate('AL-R1', `${found}, which is ${model.pages.nameOf(page)}; expected a fault`);
  }
  endAccess(model.actors[number]);
}

/** R21: the same access again; after a sleep that its page did not end it may be the same fault, too (Q2, Q3). */
export function onRetry(model: Model, row: Float64Array): void {
  const actor = model.actors[model.actorOf(row)];
  actor.retrySeq = row[Row.seq];
  if (actor.triesAgain && model.pages.stateOf(actor.page) !== PageState.present) model.vcpuOf(row).mode = 'exited';
  actor.triesAgain = false;
  if (actor.readyEvictions === none) return;
  model.report.reach('AL-L6');
  model.report.reach('R21');
}

/** R22: the page has failed. */
export function onAbandon(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const actor = model.actors[number];
  model.report.reach('R22');
  if (actor.readyEvictions !== none) {
    const found = `${nameOf(model, number)} gives up its access of page ${actor.page}`;
    model.report.violate('AL-L6', `${found}, which was told to try again; expected a retry`, actor.readySeq);
  }
  endAccess(actor);
}

function endAccess(actor: Actor): void {
  actor.fault = none;
  actor.readyEvictions = none;
  actor.readySeq = none;
  actor.retrySeq = none;
  actor.triesAgain = false;
}
