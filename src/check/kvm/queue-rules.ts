import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {type Item, type Model, nameOf, tokenName, type Vcpu, wakeAllToken} from './model.js';

/** Low bits of a token: the vCPU. */
const vcpuSpan = 0x1000;
/** Ids before a token comes back; the one that would make the token 0 is left out (B2, E25). */
const idsMax = 2 ** 20;

/** The token that the next item of a vCPU gets (E25). */
export function nextToken(v: Vcpu): number {
  return v.nextId * vcpuSpan + v.number;
}

function advance(v: Vcpu, token: number): void {
  const id = Math.floor(token / vcpuSpan);
  v.nextId = id + 1 >= idsMax ? 1 : id + 1;
}

/** An item is queued for the open fault of an actor: its token, its place in the dedup table, and a place in the queue. */
export function enqueue(model: Model, v: Vcpu, row: Float64Array, injected: boolean): void {
  const {report, config, ids} = model;
  const actor = model.actorOf(row);
  const page = pageOfRow(row);
  const token = injected ? row[Row.token] : nextToken(v);
  for (const id of [ids.limit, ids.dedup, ids.token]) report.reach(id);
  if (injected) checkToken(model, v, token);
  if (v.queued >= config.tokens) {
    const found = `an item is queued for page ${page} on vcpu ${v.number} with ${v.queued} queued`;
    report.violate(ids.limit, `${found}; expected ${config.tokens} at most, and a synchronous fault`);
  }
  const twin = v.gfns.get(page);
  if (twin !== undefined) {
    const found = `an item is queued for page ${page} on vcpu ${v.number}, for which ${tokenName(twin.token)} is queued`;
    report.violate(ids.dedup, `${found}; expected a repeated fault and the artificial halt`, twin.queuedSeq);
  }
  checkAbsent(model, v, page, actor);
  const item = newItem(token, actor, page, row, injected);
  v.queue.set(token, item);
  v.gfns.set(page, item);
  v.queued++;
  if (v.queued === config.tokens) report.reach('queue-full');
  model.counts.queued++;
  model.accounting.changeOutstanding(1, row[Row.time]);
  advance(v, token);
}

export function newItem(
  token: number,
  actor: number,
  page: number,
  row: Float64Array,
  injected: boolean,
  foretold = false,
): Item {
  return {
    token,
    wakeAll: token === wakeAllToken,
    actor,
    page,
    queuedSeq: row[Row.seq],
    queuedNs: row[Row.time],
    injected,
    foretold,
    completionSeq: none,
    resolutionSeq: none,
    evictions: none,
  };
}

function checkToken(model: Model, v: Vcpu, token: number): void {
  const {report, ids} = model;
  const expected = nextToken(v);
  const twin = v.queue.get(token) ?? v.told.get(token);
  const found = `page-not-present on vcpu ${v.number} has ${tokenName(token)}`;
  if (twin !== undefined) {
    report.violate(ids.token, `${found}, which is in use; expected ${tokenName(expected)}`, twin.queuedSeq);
  } else if (token !== expected) {
    report.violate(ids.token, `${found}; expected ${tokenName(expected)}, id << 12 | vcpu and never 0`);
  }
}

/** Nothing is brought in twice: a page that is there is simply met, and one known to have failed fails the access (B8). */
function checkAbsent(model: Model, v: Vcpu, page: number, actor: number): void {
  const {pages, report, ids} = model;
  if (pages.stateOf(page) === PageState.absent) return;
  const found = `${nameOf(model, actor)} waits on vcpu ${v.number} for page ${page}, which is ${pages.nameOf(page)}`;
  if (pages.stateOf(page) === PageState.failed) {
    report.violate(ids.refault, `${found}; expected a synchronous fault, or it goes round for ever`);
  } else {
    report.violate(ids.answer, `${found}; expected it to go on at once`);
  }
}

/** The I/O of a page has ended: each item for it is done, on every vCPU. */
export function onCompletion(model: Model, row: Float64Array): void {
  const page = pageOfRow(row);
  const failed = row[Row.result] === 1;
  model.pages.complete(page, failed);
  model.sleepersDue = true;
  for (const v of model.vcpus) {
    const item = v.gfns.get(page);
    if (item === undefined) continue;
    if (item.completionSeq !== none) continue; // a later life of the page, asked for by another vCPU
    item.completionSeq = row[Row.seq];
    if (!failed) item.evictions = model.pages.evictionsOf(page);
    if (v.done.length === 0) v.firstDoneStep = model.step;
    v.done.push(item);
    v.doneStep = model.step;
    model.touched.add(v);
    if (v.slotFull || v.unacked > 0) model.report.reach('ready-waits');
  }
}

export function onEviction(model: Model, row: Float64Array): void {
  model.pages.evict(pageOfRow(row));
}

/**
 * A vCPU's APF is enabled, which queues a wake-all unless something is done already (E28); or disabled (value 0), which
 * forgets the queue (PI-S9).
 */
export function onEnable(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.enabled = row[Row.value] !== 0;
  model.touched.add(v);
  if (!v.enabled) return disable(model, v, row[Row.time]);
  if (v.done.length > 0) return;
  const item = newItem(wakeAllToken, none, none, row, true);
  item.completionSeq = row[Row.seq];
  v.done.push(item);
  v.doneStep = model.step;
  v.queued++;
  model.counts.queued++;
}

function disable(model: Model, v: Vcpu, timeNs: number): void {
  for (const item of v.queue.values()) endItem(model, item, timeNs);
  model.counts.disabled += v.queued;
  v.queue.clear();
  v.gfns.clear();
  v.done.length = 0;
  v.queued = 0;
  v.deadBelow = v.nextId;
}

function endItem(model: Model, item: Item, timeNs: number): void {
  model.accounting.changeOutstanding(-1, timeNs);
  model.accounting.lifetimes.add(Math.max(0, timeNs - item.queuedNs));
}

/** kvm_async_pf_ready: the host takes an item from what is done, the oldest first. */
export function onResolution(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  model.touched.add(v);
  for (const id of [ids.order, ids.once, ids.token]) report.reach(id);
  checkReadyOwed(model, v);
  const item = resolvedItem(model, v, row);
  model.counts.resolved++;
  v.lastToken = row[Row.token];
  if (item === null) return;
  item.resolutionSeq = row[Row.seq];
  v.overdue = false;
  if (!item.wakeAll) {
    endItem(model, item, row[Row.time]);
    v.queue.delete(item.token);
    if (v.gfns.get(item.page) === item) v.gfns.delete(item.page);
  } else {
    report.reach('wake-all');
  }
  v.queued--;
  if (item.injected) v.readyOwes = item;
  else report.reach('not-injected');
  model.dialect.onResolved(model, v);
}

/** What was resolved, and the guest was told that its page is not there, gets a READY before the next is resolved. */
export function checkReadyOwed(model: Model, v: Vcpu): void {
  const item = v.readyOwes;
  if (item === null) return;
  v.readyOwes = null;
  if (item.foretold) return;
  const found = `${tokenName(item.token)} of vcpu ${v.number} is resolved, and no READY injected for it`;
  model.report.violate(model.ids.inject, `${found}; expected one in this step`, item.resolutionSeq);
}

/** The item that a row takes from the queue; null: there is none that it can be. */
function resolvedItem(model: Model, v: Vcpu, row: Float64Array): Item | null {
  const {report, ids} = model;
  const token = row[Row.token];
  const at = v.done.findIndex((other) => other.token === token);
  if (at >= 0) {
    const [item] = v.done.splice(at, 1);
    if (at > 0) {
      const found = `${tokenName(token)} of vcpu ${v.number} is ready before ${at} that were done earlier`;
      report.violate(ids.order, `${found}; expected ${tokenName(v.done[0].token)}`, v.done[0].completionSeq);
    }
    return item;
  }
  const item = v.queue.get(token);
  if (item !== undefined) {
    if (model.pages.stateOf(item.page) === PageState.absent) {
      const found = `${tokenName(token)} of vcpu ${v.number} is ready, and the I/O of its page ${item.page} has not ended`;
      report.violate(ids.once, `${found}; expected its completion first`, item.queuedSeq);
    }
    return item;
  }
  return unknownItem(model, v, row);
}

function unknownItem(model: Model, v: Vcpu, row: Float64Array): Item | null {
  const {report, ids} = model;
  const token = row[Row.token];
  const told = v.told.get(token);
  const found = `${tokenName(token)} of vcpu ${v.number} is ready`;
  const actor = model.actorOf(row);
  const asked = v.mode === 'exited' || v.attemptStep === model.step;
  if (told !== undefined) {
    report.violate(ids.once, `${found} again; expected once`, told.resolutionSeq);
    return null;
  }
  if (asked && row[Row.fault] !== none && model.actors[actor].fault === row[Row.fault] && v.early === null) {
    report.violate(ids.once, `${found} before its page-not-present; expected it after`, row[Row.fault]);
    return foretell(model, v, row, actor);
  }
  if (token !== wakeAllToken && Math.floor(token / vcpuSpan) < v.deadBelow && token % vcpuSpan === v.number) {
    report.violate(deadOf(model), `${found}, which was queued before the guest disabled; expected no READY`);
  } else {
    const expected = token === wakeAllToken ? 'one for each time the guest enables' : 'a token that is queued';
    report.violate(ids.token, `${found}, and is not queued; expected ${expected}`);
  }
  return null;
}

/** PI-S9 where the protocol has it. */
function deadOf(model: Model): string {
  return 'PI-S9' in model.report.reached ? 'PI-S9' : model.ids.token;
}

/** B13: the worker was faster than the vCPU, whose page-not-present for the token is to come. */
function foretell(model: Model, v: Vcpu, row: Float64Array, actor: number): Item {
  const item = newItem(row[Row.token], actor, pageOfRow(row), row, true, true);
  item.completionSeq = row[Row.seq];
  v.early = item;
  v.queued++; // taken back by the caller, who counts it as resolved
  model.counts.queued++;
  model.accounting.changeOutstanding(1, row[Row.time]);
  advance(v, item.token);
  return item;
}
