import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {type Actor, type Model, nameOf, type Vcpu} from './model.js';

/** A task, or an NMI handler, touches a page: the access before has been closed. */
export function onAccess(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const number = model.actorOf(row);
  checkClosed(model, number);
  if (row[Row.task] === none || v.current === row[Row.task]) return;
  const found = `task ${row[Row.task]} accesses a page on vcpu ${v.number}`;
  const runs = v.current === none ? 'runs no task' : `runs task ${v.current}`;
  model.report.violate(model.ids.parked, `${found}, which ${runs}; expected its dispatch`);
}

/** Every fault is closed by a retire, or given up after a recovery. */
export function checkClosed(model: Model, number: number): void {
  const actor = model.actors[number];
  if (actor.fault === none) return;
  const found = `${nameOf(model, number)} goes on with its fault on page ${actor.page} open`;
  model.report.violate(model.ids.access, `${found}; expected its retire first`, actor.fault);
  endAccess(actor);
}

/** R1: an access found its page not available. After a retry the page must have been evicted in between. */
export function onFault(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages, ids} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const page = pageOfRow(row);
  report.reach(ids.access);
  model.counts.faults++;
  if (actor.retrySeq !== none && actor.faultEvictions === pages.evictionsOf(page)) {
    const found = `${nameOf(model, number)} faults anew on page ${page} at its retry`;
    report.violate(ids.refault, `${found}, which was not evicted; expected retire, or the same fault`, actor.fault);
  } else if (pages.stateOf(page) === PageState.present) {
    const found = `${nameOf(model, number)} faults on page ${page}, which is present`;
    report.violate(ids.access, `${found}; expected retire`);
  }
  endAccess(actor);
  actor.fault = row[Row.seq];
  actor.answered = false;
  actor.page = page;
  actor.faultEvictions = pages.evictionsOf(page);
  v.retryOwes = none;
  v.mode = 'exited';
}

export function onRetire(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const page = pageOfRow(row);
  const {report, pages, ids} = model;
  report.reach(ids.access);
  if (pages.stateOf(page) !== PageState.present) {
    const found = `an access of ${nameOf(model, number)} goes through on page ${page}`;
    report.violate(ids.access, `${found}, which is ${pages.nameOf(page)}; expected a fault`);
  }
  const v = model.vcpuOf(row);
  v.retryOwes = none;
  if (v.mode === 'exited') v.mode = 'guest';
  endAccess(model.actors[number]);
}

/** The same access again: it goes through, or it is the same fault, which the host answers anew. */
export function onRetry(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const number = model.actorOf(row);
  const actor = model.actors[number];
  if (actor.fault === none) {
    const found = `${nameOf(model, number)} tries an access again that is not open`;
    model.report.violate(model.ids.access, `${found}; expected a fault before`);
  }
  actor.retrySeq = row[Row.seq];
  v.retryOwes = row[Row.seq];
  model.touched.add(v);
  if (actor.readyEvictions !== none) model.report.reach(model.ids.refault);
  if (model.pages.stateOf(actor.page) !== PageState.present) v.mode = 'exited';
}

/** The end of a retry's step: a page that is there was gone through. */
export function checkRetried(model: Model, v: Vcpu): void {
  const page = v.current === none ? none : model.actors[v.current].page;
  const retried = v.retryOwes;
  v.retryOwes = none;
  if (v.inNmi || page === none || model.pages.stateOf(page) !== PageState.present) return;
  const found = `a retry on vcpu ${v.number} of page ${page}, which is present, does not go through`;
  model.report.violate(model.ids.refault, `${found}; expected retire`, retried);
}

/** Only a fault of the recovery mechanism makes a guest give an access up: READY does not say that a page failed (B8). */
export function onAbandon(model: Model, row: Float64Array): void {
  const number = model.actorOf(row);
  const actor = model.actors[number];
  if (!actor.recovered) {
    const found = `${nameOf(model, number)} gives up its access of page ${actor.page}`;
    model.report.violate(model.ids.refault, `${found} without a recovery; expected a retry`, actor.readySeq);
  }
  endAccess(actor);
}

function endAccess(actor: Actor): void {
  actor.fault = none;
  actor.readyEvictions = none;
  actor.readySeq = none;
  actor.retrySeq = none;
  actor.recovered = false;
}
