import {TaskMode} from '../../protocol/engine-config.js';
import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {blockedBy, countTpr, type Model, type SleepEnd, type Vcpu} from './model.js';
import {allocate} from './ring-rules.js';
import {capacityOf, type Token, tokensOut} from './scope.js';

/** The host attempts to deliver: in this step it must answer (S9). */
export function onAttempt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (!isAsked(model, v) && v.later === null) violateUnasked(model, v, 'attempt');
  v.attemptOwes = row[Row.seq];
  model.owing.add(v);
}

/** R3: the host fills the structure out, to deliver at once. */
export function onInuseByHost(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  report.reach('AL-S2');
  report.reach('AL-L4');
  report.reach('R3');
  v.inuseLost = false;
  if (v.inuse !== 0) {
    report.violate('AL-S2', `the host sets inuse of vcpu ${v.number}, which is 1; expected 0`, v.inuseSeq);
  }
  v.inuse = 1;
  v.inuseSeq = row[Row.seq];
  v.fillOwes = row[Row.seq];
  model.owing.add(v);
}

/** R9, and R15 when the token was resolved before. */
export function onDelivery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const seq = row[Row.seq];
  report.reach('AL-S1');
  report.reach('R9');
  report.reach('AL-L1');
  model.accounting.deliveries++;
  countTpr(model, v);
  if (v.mode === 'asleep') {
    report.violate('AL-S10', `delivery to vcpu ${v.number}, which is asleep; expected a wakeup before`, v.sleepSeq);
  } else if (!isAsked(model, v) && v.later === null) {
    violateUnasked(model, v, 'delivery');
  }
  checkGates(model, v);
  const later = v.later !== null && v.mode === 'guest' && v.wokenStep !== model.step; // Q14
  beginHandler(model, v, row, later ? v.later : v.earlyOwes);
  answer(model, row, 'delivered');
  v.mode = 'guest';
  v.attemptOwes = none;
  v.deferralOwes = none;
  v.fillOwes = none;
  const {delivered} = v;
  delivered.seq = seq;
  delivered.token = row[Row.token];
  delivered.gpaLo = row[Row.gpaLo];
  delivered.gpaHi = row[Row.gpaHi];
  delivered.gvaLo = row[Row.gvaLo];
  delivered.gvaHi = row[Row.gvaHi];
  delivered.isFetch = later ? v.laterIsFetch : model.actors[model.actorOf(row)].isFetch;
  if (later) v.later = null;
}

/** R5 and R6, and the half of R7 that S2 cannot see; the gate of R8 is S5's. */
function checkGates(model: Model, v: Vcpu): void {
  const blocked = blockedBy(model, v, model.config.checkTpr);
  if (blocked !== '') {
    model.report.violate(
      'AL-S1',
      `page-not-present is delivered to vcpu ${v.number} ${blocked}; expected IF semantics`,
    );
  }
  if (v.fillOwes === none) {
    model.report.violate(
      'AL-S1',
      `page-not-present is delivered to vcpu ${v.number} with inuse ${v.inuse} from before; expected the host to set it in this step`,
      v.inuseSeq,
    );
  }
}

/** The token that is delivered: resolved before (R15), shared with a fault on the same page (Q15), or allocated here. */
function deliveredToken(model: Model, v: Vcpu, row: Float64Array, resolved: Token | null): Token {
  const {report} = model;
  const known = v.scope.tokens.get(row[Row.token]);
  const early = known !== undefined && known === resolved;
  const second = model.config.dedup === 'none' ? null : outstandingFor(v, pageOfRow(row));
  if (second !== null && model.config.dedup === 'share_token' && known === second) {
    model.accounting.deliveriesShared++;
    return known;
  }
  if (second !== null && !early) {
    const found = `a second fault on page ${second.page} is delivered with token ${row[Row.token]}`;
    const expected = model.config.dedup === 'halt' ? 'a deferral' : `token ${second.token} again`;
    report.violate('AL-S9', `${found} on vcpu ${v.number}; expected ${expected}`, second.deliverySeq);
  }
  if (known !== undefined && !early && known.consumeSeq === none) {
    const state = known.resolutionSeq === none ? 'outstanding' : 'not consumed';
    report.violate(
      'AL-S4',
      `token ${row[Row.token]} is delivered on vcpu ${v.number} while an equal one is ${state}`,
      known.deliverySeq,
    );
  }
  const token = early ? known : allocate(model, v, model.actorOf(row), row);
  token.deliverySeq = row[Row.seq];
  return token;
}

/** A token of the vCPU that is outstanding for the page (Q15). */
function outstandingFor(v: Vcpu, page: number): Token | null {
  for (const token of v.scope.tokens.values()) {
    if (token.page === page && token.resolutionSeq === none && token.vcpu === v.number) return token;
  }
  return null;
}

function beginHandler(model: Model, v: Vcpu, row: Float64Array, resolved: Token | null): void {
  const {report} = model;
  const actor = model.actors[model.actorOf(row)];
  const token = deliveredToken(model, v, row, resolved);
  v.earlyOwes = null;
  report.reach('AL-S14');
  if (actor.frame === null) v.frames++;
  else if (actor.frameVcpu !== v.number) v.frames++;
  if ((actor.frame !== null || v.frames > 1) && !model.config.handlerInterrupts) {
    report.violate(
      'AL-S14',
      `page-not-present is delivered on vcpu ${v.number} inside a page-not-present handler; expected its IRET first`,
      v.delivered.seq,
    );
  }
  actor.frame = token;
  actor.frameVcpu = v.number;
  actor.copied = none;
  actor.parked = false;
  actor.stranded = false;
}

/** The host does not deliver: the reason must be the first gate that is shut (R5 to R8). */
export function onDeferral(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report} = model;
  const reason = row[Row.reason];
  report.reach('AL-S9');
  countTpr(model, v);
  if (reason === Reason.interrupts_off || reason === Reason.sti_shadow || reason === Reason.movss_shadow) {
    report.reach('R5');
  }
  if (reason === Reason.in_use) report.reach('R7');
  if (reason === Reason.no_token) report.reach('R8');
  const failed = model.pages.stateOf(pageOfRow(row)) === PageState.failed;
  if (reason === Reason.no_token && failed) report.reach('R24');
  if (v.mode !== 'asleep' && !isAsked(model, v)) violateUnasked(model, v, 'deferral');
  const expected = expectedReason(model, v, pageOfRow(row));
  v.deferredFor = reason;
  if (reason !== expected) {
    const found = reason === none ? 'no reason' : reasonNames[reason];
    const wanted = expected === none ? 'a delivery, for every gate is open' : reasonNames[expected];
    report.violate('AL-S9', `deferral on vcpu ${v.number} for ${found}; expected ${wanted}`, v.inuseSeq);
  }
  v.attemptOwes = none;
  v.deferralOwes = row[Row.seq];
  model.owing.add(v);
}

/** Two options decide before any gate: the page is ready and the event taken back (Q13), or failed and that is the end (Q18). */
function expectedReason(model: Model, v: Vcpu, page: number): number {
  const {earlyCancel, failPolicy} = model.config;
  const state = model.pages.stateOf(page);
  if (earlyCancel && state === PageState.present) return Reason.page_ready;
  if (failPolicy === 'kill' && v.mode === 'asleep' && state === PageState.failed) return Reason.known_failed;
  return firstShutGate(model, v, page);
}

/** The gates in order: IF and the shadows, the TPR, whose code runs, inuse, tokens, a second fault on the page. */
function firstShutGate(model: Model, v: Vcpu, page: number): number {
  const {checkTpr} = model.config;
  switch (blockedBy(model, v, checkTpr)) {
    case '':
      return codeGate(model, v) ?? slotGate(model, v, page);
    case 'in an STI shadow':
      return Reason.sti_shadow;
    case 'in a MOV SS shadow':
      return Reason.movss_shadow;
    case 'with the TPR shut':
      return Reason.tpr;
    default:
      return Reason.interrupts_off;
  }
}

/** Q20, Q32: whose code runs. */
function codeGate(model: Model, v: Vcpu): number | null {
  const {taskModes, cpl0, nested} = model.config;
  const mode = taskModes?.[v.current] ?? TaskMode.user;
  if (mode === TaskMode.kernel && cpl0 === 'user_only') return Reason.user_only;
  return mode === TaskMode.nested && nested === 'sleep' ? Reason.nested : null;
}

/** R7, R8 and Q15; an orphan has its token already (Q14). */
function slotGate(model: Model, v: Vcpu, page: number): number {
  const {config} = model;
  if (v.inuse !== 0) return Reason.in_use;
  if (v.earlyOwes !== null) return none;
  const second = config.dedup === 'none' ? null : outstandingFor(v, page);
  if (second !== null) return config.dedup === 'halt' ? Reason.repeated_fault : none;
  return tokensOut(v.scope, config) >= capacityOf(config) ? Reason.no_token : none;
}

/** R10. */
export function onSleep(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const page = pageOfRow(row);
  model.report.reach('AL-S10');
  model.report.reach('R10');
  afterDeferral(model, v, 'sleep');
  if (model.pages.stateOf(page) === PageState.failed) {
    model.report.violate('AL-S9', `vcpu ${v.number} sleeps for page ${page}, which is known failed`);
  }
  answer(model, row, 'slept');
  v.mode = 'asleep';
  v.sleepPage = page;
  v.sleepSeq = row[Row.seq];
  v.sleepsFor = sleepEnd(model, v);
  v.sleepNs = row[Row.time];
  model.sleepersDue = true;
}

/** What may end a sleep that begins (Q2, Q3): nothing but the page where the vCPU could not take READY. */
function sleepEnd(model: Model, v: Vcpu): SleepEnd {
  const {sleepUntil, sleepInterruptible} = model.config;
  if (blockedBy(model, v, true) !== '') return 'page';
  const forSlot = v.deferredFor === Reason.no_token || v.deferredFor === Reason.in_use;
  if (forSlot && sleepUntil !== 'page_ready' && tokensOut(v.scope, model.config) > 0)
    return sleepUntil === 'token_free' ? 'token' : 'either';
  return sleepInterruptible ? 'interrupt' : 'page';
}

export function onWakeup(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  v.wokenStep = model.step;
  if (v.mode !== 'asleep') return;
  v.mode = 'guest';
  model.report.reach('AL-L5');
  if (row[Row.reason] !== none) return wakeToTryAgain(model, v, row);
  const page = v.sleepPage;
  const state = model.pages.stateOf(page);
  if (v.sleepsFor === 'token') {
    const found = `vcpu ${v.number} wakes for its page ${page}, and sleeps until a token is free`;
    model.report.violate('AL-L5', `${found}; expected a resolution`, v.sleepSeq);
  }
  if (state === PageState.absent) {
    model.report.violate(
      'AL-L5',
      `vcpu ${v.number} wakes, its page ${page} is absent still; expected it ready`,
      v.sleepSeq,
    );
  }
  if (state !== PageState.present) return;
  const actor = model.actors[model.actorOf(row)];
  actor.readyEvictions = model.pages.evictionsOf(page);
  actor.readySeq = row[Row.seq];
}

/** Q2 and Q3: a sleep ends for a resolution or an interrupt, if the options say so. */
function wakeToTryAgain(model: Model, v: Vcpu, row: Float64Array): void {
  const reason = row[Row.reason];
  const may =
    reason === Reason.resolution
      ? v.sleepsFor === 'token' || v.sleepsFor === 'either'
      : reason === Reason.interrupt && model.config.sleepInterruptible && (v.pending || v.devices > 0);
  if (!may) {
    const found = `vcpu ${v.number} wakes for ${reasonNames[reason]}`;
    model.report.violate('AL-S10', `${found}; expected it to sleep until its page is ready`, v.sleepSeq);
  }
  const actor = model.actors[model.actorOf(row)];
  actor.triesAgain = true;
  actor.readyEvictions = none;
}

/** R12. */
export function onRecovery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages, config} = model;
  const page = pageOfRow(row);
  report.reach('R12');
  afterDeferral(model, v, 'recovery');
  if (!config.recovery) {
    report.violate('AL-S9', `recovery on vcpu ${v.number}; expected a kill, for it is not implemented`);
  } else if (pages.stateOf(page) !== PageState.failed) {
    report.violate('AL-S9', `recovery for page ${page}, which is ${pages.nameOf(page)}; expected sleep`);
  }
  answer(model, row, 'recovered');
  v.mode = 'guest';
}

/** The guest waits for the host's answer to a fault. */
function isAsked(model: Model, v: Vcpu): boolean {
  return v.mode === 'exited' || v.mode === 'asleep' || v.wokenStep === model.step;
}

function violateUnasked(model: Model, v: Vcpu, what: string): void {
  model.report.violate('AL-S9', `${what} on vcpu ${v.number} without a fault; expected one answer to each fault`);
}

/** Sleep, kill and recovery are answers to a deferral, and only one of them comes. */
export function afterDeferral(model: Model, v: Vcpu, what: string): void {
  if (v.deferralOwes === none) {
    model.report.violate(
      'AL-S9',
      `${what} on vcpu ${v.number} without a deferral before it; expected one answer to each`,
    );
  }
  v.deferralOwes = none;
  v.attemptOwes = none;
}

/** Counts the first answer of a fault. */
export function answer(model: Model, row: Float64Array, how: 'delivered' | 'slept' | 'killed' | 'recovered'): void {
  const actor = model.actors[model.actorOf(row)];
  if (actor.fault === none || actor.fault !== row[Row.fault] || actor.answered) return;
  actor.answered = true;
  model.accounting[how]++;
}
