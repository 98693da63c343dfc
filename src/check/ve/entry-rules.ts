import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {tellOutcome} from './access-rules.js';
import {type Entry, type Model, mayContinue, nameOf, type Vcpu} from './model.js';

/** VE-S5: hw_info goes into the first free entry, while the busy word keeps it in place. */
export function onCopy(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, config} = model;
  report.reach('VE-S5');
  checkCopied(model, v, row);
  const index = row[Row.token];
  let free = 0;
  while (v.active.has(free)) free++;
  if (index === none && free >= config.tokens) {
    v.bugOwes = row[Row.seq];
    model.owing.add(v);
    return;
  }
  if (index !== free || free >= config.tokens) {
    const found = index === none ? 'no entry' : `entry ${index}`;
    const expected = free < config.tokens ? `entry ${free}` : 'none, for all are active';
    const taken = v.active.get(index)?.copySeq ?? none;
    report.violate('VE-S5', `the #VE handler of vcpu ${v.number} takes ${found}; expected ${expected}`, taken);
    if (index === none || v.active.has(index)) return;
  }
  takeEntry(model, v, row);
}

function checkCopied(model: Model, v: Vcpu, row: Float64Array): void {
  if (v.busy === 0) {
    const found = `the guest copies hw_info of vcpu ${v.number} with the busy word 0`;
    model.report.violate('VE-S3', `${found}; expected it set`, v.busySeq);
    return;
  }
  const fields = [Row.gpaLo, Row.gpaHi, Row.gvaLo, Row.gvaHi];
  if (fields.every((field) => row[field] === v.delivered[field])) return;
  const found = `the guest copies page ${pageOfRow(row)} on vcpu ${v.number}`;
  const expected = `page ${pageOfRow(v.delivered)} and the addresses delivered`;
  model.report.violate('VE-S5', `${found}; expected ${expected}`, v.delivered[Row.seq]);
}

function takeEntry(model: Model, v: Vcpu, row: Float64Array): void {
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const entry: Entry = {
    index: row[Row.token],
    vcpu: v,
    actor: number,
    page: pageOfRow(row),
    copySeq: row[Row.seq],
    mayContinue: mayContinue(model, v, number),
    state: 'copied',
    toldSeq: none,
    toldNs: none,
    resolutionSeq: none,
    evictions: 0,
  };
  v.active.set(entry.index, entry);
  model.counts.copies++;
  actor.entry = entry;
  if (actor.frame !== null) actor.frame.entry = entry;
  if (v.active.size === model.config.tokens) model.report.reach('R14');
}

/** The host learns of an entry and its state. */
export function onHypercall(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const number = model.actorOf(row);
  const entry = model.actors[number].frame?.entry ?? null;
  for (const id of ['VE-S3', 'VE-S4', 'VE-S6'] as const) report.reach(id);
  v.toldStep = model.step;
  model.owing.add(v);
  if (entry === null || entry.index !== row[Row.token] || entry.state !== 'copied') {
    const found = `${nameOf(model, number)} tells the host of entry ${row[Row.token]} of vcpu ${v.number}`;
    const expected = entry === null ? 'a copy before' : `${entry.index}, once, as copied`;
    report.violate('VE-S4', `${found}; expected ${expected}`, entry?.copySeq ?? none);
    if (entry === null || entry.state !== 'copied') return;
  }
  const continues = row[Row.reason] === Reason.can_continue;
  if (continues !== entry.mayContinue || (!continues && row[Row.reason] !== Reason.suspend_me)) {
    const said = row[Row.reason] === none ? 'nothing' : reasonNames[row[Row.reason]];
    const found = `${nameOf(model, number)} says ${said} of entry ${entry.index} of vcpu ${v.number}`;
    report.violate('VE-S6', `${found}; expected ${entry.mayContinue ? 'can_continue' : 'suspend_me'}`, entry.copySeq);
  }
  entry.state = continues ? 'can_continue' : 'suspend_me';
  entry.toldSeq = row[Row.seq];
  entry.toldNs = row[Row.time];
  model.counts.told++;
  model.accounting.changeOutstanding(1, row[Row.time]);
  if (continues) report.reach('VE-L1');
  if (model.pages.stateOf(entry.page) !== PageState.absent) {
    report.reach('R15');
    v.resolveOwes = row[Row.seq];
  } else if (!continues) {
    v.suspendOwes = row[Row.seq];
  }
}

/** VE-S4: the host completes an entry. */
export function onResolution(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const entry = v.active.get(row[Row.token]);
  report.reach('VE-S10');
  report.reach('R13');
  model.accounting.resolutions++;
  checkResult(model, entry?.page ?? pageOfRow(row), row);
  if (entry === undefined || (entry.state !== 'can_continue' && entry.state !== 'suspend_me')) {
    const found = `entry ${row[Row.token]} of vcpu ${v.number} is resolved, which is ${entry?.state ?? 'not active'}`;
    const proof = entry === undefined ? none : Math.max(entry.resolutionSeq, entry.copySeq);
    report.violate('VE-S4', `${found}; expected one that was told and not resolved`, proof);
    return;
  }
  const early = v.toldStep === model.step && v.resolveOwes !== none;
  v.resolveOwes = none;
  if (entry.state === 'can_continue' && !early) queue(model, v, entry);
  entry.state = row[Row.result] === 1 ? 'fail' : 'resolved';
  entry.resolutionSeq = row[Row.seq];
  entry.evictions = model.pages.evictionsOf(entry.page);
  model.accounting.changeOutstanding(-1, row[Row.time]);
  model.accounting.lifetimes.add(Math.max(0, row[Row.time] - entry.toldNs));
}

/** A completion that the guest is to hear of; one that is in the queue already tells as much. */
function queue(model: Model, v: Vcpu, entry: Entry): void {
  model.owing.add(v);
  if (v.queue.includes(entry.index)) return;
  model.counts.queued++;
  v.queue.push(entry.index);
  if (v.hostCurrent !== none) model.report.reach('R20');
}

/** R21 and R22: what the two results mean. */
function checkResult(model: Model, page: number, row: Float64Array): void {
  const result = row[Row.result];
  const state = model.pages.stateOf(page);
  if (result === 0 && state === PageState.present) return;
  if (result === 1 && state === PageState.failed) return;
  const expected = result === 0 ? 'it present' : result === 1 ? 'it failed' : 'result 0 or 1';
  const found = `entry ${row[Row.token]} is resolved with result ${result}, page ${page} is ${model.pages.nameOf(page)}`;
  model.report.violate('VE-S10', `${found}; expected ${expected}`);
}

/** VE-S8: host_current is written, and the completion vector made pending. */
export function onRaise(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('VE-S8');
  if (v.hostCurrent !== none) {
    const found = `host_current of vcpu ${v.number} is written while entry ${v.hostCurrent} stands in it`;
    report.violate('VE-S8', `${found}; expected the completion handler to return first`, v.raiseSeq);
    v.hostCurrent = v.queue.pop() ?? v.hostCurrent;
  } else if (v.queue.length === 0) {
    report.violate('VE-S8', `a completion is injected on vcpu ${v.number}; expected an entry to be completed before`);
  } else {
    v.hostCurrent = v.queue.shift() as number;
  }
  model.counts.raised++;
  v.raiseSeq = row[Row.seq];
}

/** The completion handler reads host_current. */
export function onConsume(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  model.accounting.consumed++;
  checkUnparkDue(model, v);
  const index = row[Row.token];
  if (index !== v.hostCurrent) {
    const expected = v.hostCurrent === none ? 'nothing there' : `${v.hostCurrent}, as it was written`;
    report.violate('VE-S8', `the guest reads entry ${index} in host_current; expected ${expected}`, v.raiseSeq);
    return;
  }
  const entry = v.active.get(index);
  const waits = entry !== undefined && model.actors[entry.actor].waiting && model.actors[entry.actor].entry === entry;
  const wakes = waits && entry.state !== 'can_continue';
  const said = row[Row.value] === 1;
  if (said !== wakes) {
    const found = `the completion of entry ${index} of vcpu ${v.number} is consumed as if ${said ? 'a task' : 'nobody'} waited for it`;
    const expected = wakes ? nameOf(model, entry.actor) : 'nobody';
    report.violate('VE-L1', `${found}; expected ${expected}`, entry?.resolutionSeq ?? none);
  }
  if (!said) {
    model.accounting.consumedEarly++;
    return;
  }
  if (entry === undefined) return;
  v.unparkDue = entry;
  if ((row[Row.result] === 1) === (entry.state === 'fail')) return;
  const found = `the guest reads result ${row[Row.result]} of entry ${index}`;
  report.violate('VE-S10', `${found}, which is ${entry.state}`, entry.resolutionSeq);
}

/** What was consumed for a task must have woken it by the completion handler's next step. */
export function checkUnparkDue(model: Model, v: Vcpu): void {
  const due = v.unparkDue;
  if (due === null) return;
  v.unparkDue = null;
  const found = `the completion of entry ${due.index} of vcpu ${v.number} is consumed and nobody woken`;
  model.report.violate('VE-L1', `${found}; expected ${nameOf(model, due.actor)}`, due.resolutionSeq);
}

/** The completion handler wakes the task that waits under the entry. */
export function onUnpark(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const number = model.actorOf(row);
  const actor = model.actors[number];
  const due = v.unparkDue;
  v.unparkDue = null;
  model.accounting.unparked++;
  if (due === null || due.index !== row[Row.token] || due.actor !== number) {
    const found = `${nameOf(model, number)} is woken for entry ${row[Row.token]} of vcpu ${v.number}`;
    const expected = due === null ? 'a consumed completion' : `${nameOf(model, due.actor)} for entry ${due.index}`;
    model.report.violate('VE-L1', `${found}; expected ${expected}`, due?.resolutionSeq ?? none, actor.parkSeq);
  }
  actor.waiting = false;
  if (actor.entry !== null) tellOutcome(actor, actor.entry, row);
}
