import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {checkClosed} from './access-rules.js';
import {type Actor, blockedBy, type Model, nameOf, tokenName, type Vcpu} from './model.js';
import {checkDue} from './ready-rules.js';

export function onMask(model: Model, row: Float64Array): void {
  model.vcpuOf(row).mask = row[Row.value];
}

/** An NMI ends HLT, and the artificial halt (whose wakeup then follows in the same step). */
export function onNmi(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.inNmi = true;
  v.nmiStep = model.step;
  model.touched.add(v);
  if (v.mode === 'idle') v.mode = 'guest';
}

export function onDispatch(model: Model, row: Float64Array): void {
  model.vcpuOf(row).current = row[Row.task];
}

export function onExit(model: Model, row: Float64Array): void {
  checkClosed(model, row[Row.task]);
  model.vcpuOf(row).current = none;
}

export function onLapic(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.lapic = row[Row.value] === 1;
  model.touched.add(v);
}

export function onDevice(model: Model, row: Float64Array): void {
  model.vcpuOf(row).devices = row[Row.value];
}

export function onServe(model: Model, row: Float64Array): void {
  model.vcpuOf(row).devices = row[Row.value];
}

export function onHalt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.mode = 'idle';
  v.haltValue = row[Row.value];
}

export function onResume(model: Model, row: Float64Array): void {
  model.vcpuOf(row).mode = 'guest';
}

/** The handler reads CR2, which must be that of its own page-not-present (B1). */
export function onCopy(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const actor = model.actors[model.actorOf(row)];
  report.reach(ids.read);
  actor.copied = row[Row.token];
  if (actor.frame === row[Row.token]) return;
  const found = `the guest reads ${tokenName(row[Row.token])} on vcpu ${v.number}`;
  const expected = actor.frame === none ? 'a page-not-present before' : `${tokenName(actor.frame)}, as injected`;
  report.violate(ids.read, `${found}; expected ${expected}`, actor.frameSeq);
}

/** The guest has read the word, and resets it. */
export function onWordByGuest(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.word = row[Row.value];
  v.wordSeq = row[Row.seq];
}

/** The task becomes the token's sleeper, unless READY came first and left a dummy. */
export function onPark(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const token = row[Row.token];
  report.reach(ids.parked);
  if (actor.copied !== token) {
    const found = `${nameOf(model, number)} parks under ${tokenName(token)}`;
    report.violate(ids.read, `${found}; expected ${tokenName(actor.copied)}, which its handler read`, actor.frameSeq);
  }
  actor.parked = true;
  const dummySeq = v.dummies.get(token);
  if (row[Row.value] === 0) {
    model.counts.dummiesTaken++;
    v.dummies.delete(token);
    actor.readyEvictions = none; // what became of its page since is not known
    if (dummySeq !== undefined) return;
    const found = `${nameOf(model, number)} does not wait for ${tokenName(token)} of vcpu ${v.number}`;
    report.violate(ids.wake, `${found}, whose READY has not come; expected it to park`);
    return;
  }
  register(model, v, number, actor, row);
  if (dummySeq === undefined) return;
  const found = `${nameOf(model, number)} parks under ${tokenName(token)} of vcpu ${v.number}, whose READY came before`;
  report.violate(ids.wake, `${found}; expected it to go on`, dummySeq);
  actor.stranded = true;
}

function register(model: Model, v: Vcpu, number: number, actor: Actor, row: Float64Array): void {
  const token = row[Row.token];
  const twin = v.sleepers.get(token);
  if (actor.sleepsUnder !== none || twin !== undefined) {
    const found = `${nameOf(model, number)} parks under ${tokenName(token)}`;
    const already =
      actor.sleepsUnder !== none
        ? `while it sleeps under ${tokenName(actor.sleepsUnder)}`
        : `under which ${nameOf(model, twin as number)} sleeps`;
    model.report.violate(model.ids.parked, `${found} ${already}`, actor.parkSeq);
  }
  actor.sleepsUnder = token;
  actor.sleepsOn = v.number;
  actor.parkSeq = row[Row.seq];
  v.sleepers.delete(token); // a later place in the order of parking
  v.sleepers.set(token, number);
}

export function onIret(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.touched.add(v);
  switch (row[Row.reason]) {
    case Reason.nmi:
      v.inNmi = false;
      return;
    case Reason.page_ready:
      checkDue(model, v);
      model.dialect.onReadyReturns(model, v);
      v.inReady = false;
      return;
  }
  const number = model.actorOf(row);
  const actor = model.actors[number];
  if (actor.frame !== none && !actor.parked) {
    const found = `the handler of ${tokenName(actor.frame)} of vcpu ${v.number} returns`;
    model.report.violate(model.ids.wake, `${found} and has not parked its task`, actor.frameSeq);
  }
  if (v.word !== 0) {
    const found = `the page-not-present handler of vcpu ${v.number} returns with ${v.word} in the word`;
    model.report.violate(model.ids.word, `${found}; expected it read and reset`, v.wordSeq);
    v.word = 0; // said once
  }
  actor.frame = none;
  actor.copied = none;
  if (actor.sleepsUnder !== none) v.current = none;
}

/** READY is taken as interrupts are: not in a handler, with IF set, outside of the shadows. */
export function takeReady(model: Model, v: Vcpu): void {
  const {report, ids} = model;
  report.reach(ids.taken);
  model.touched.add(v);
  const blocked = blockedBy(model, v, model.dialect.tprGatesReady);
  if (blocked !== '') {
    report.violate(ids.taken, `vcpu ${v.number} takes READY ${blocked}; expected it to pend`);
  }
  if (!v.pending) report.violate(ids.taken, `vcpu ${v.number} takes READY, which does not pend; expected a raise`);
  v.pending = false;
  v.inReady = true;
  v.acked = false;
}

/** A row of a task's own code: it may finish its handler while it is registered, and nothing else. */
export function checkNotParked(model: Model, row: Float64Array): void {
  if (row[Row.task] === none) return;
  const actor = model.actors[row[Row.task]];
  if (actor.sleepsUnder === none) return;
  const found = `task ${row[Row.task]} runs while it sleeps under ${tokenName(actor.sleepsUnder)}`;
  model.report.violate(model.ids.parked, `${found}; expected its unpark first`, actor.parkSeq);
}
