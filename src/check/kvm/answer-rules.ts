import {TaskMode} from '../../protocol/engine-config.js';
import {Reason, reasonNames} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import {PageState, pageOfRow} from '../page-states.js';
import {blockedBy, type Model, type Vcpu} from './model.js';
import {enqueue} from './queue-rules.js';

/** The host attempts to deliver: in this step it must answer. */
export function onAttempt(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  if (!isAsked(model, v)) violateUnasked(model, v, 'attempt');
  v.attemptOwes = row[Row.seq];
  v.attemptStep = model.step;
  model.touched.add(v);
}

/** The host writes the word just before it injects page-not-present. */
export function onWordByHost(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  model.touched.add(v);
  checkWordFree(model, v, row[Row.value]);
  v.word = row[Row.value];
  v.wordSeq = row[Row.seq];
  v.wordOwes = row[Row.seq];
}

/** The guest has read and reset the word: the host's next write takes nothing from it. The host does not look itself. */
export function checkWordFree(model: Model, v: Vcpu, value: number): void {
  const {report, ids} = model;
  report.reach(ids.word);
  if (v.word === 0) return;
  const found = `the host writes ${value} over ${v.word} in the word of vcpu ${v.number}, which the guest has not read`;
  report.violate(ids.word, `${found}; expected 0`, v.wordSeq);
}

/** An item is queued, and its page-not-present injected at once. */
export function onDelivery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const number = model.actorOf(row);
  report.reach(ids.gates);
  report.reach('delivery');
  model.touched.add(v);
  if (!isAsked(model, v)) violateUnasked(model, v, 'delivery');
  checkGates(model, v, number);
  if (v.wordOwes === none) {
    const found = `page-not-present is injected on vcpu ${v.number} without the word of it written`;
    report.violate(ids.word, `${found}; expected the host to write 1 in this step`, v.wordSeq);
  }
  if (v.early !== null && v.early.token === row[Row.token]) v.early = null;
  else enqueue(model, v, row, true);
  const actor = model.actors[number];
  actor.frame = row[Row.token];
  actor.frameSeq = row[Row.seq];
  actor.copied = none;
  actor.parked = false;
  actor.stranded = false;
  answer(model, row, 'delivered');
  v.mode = 'guest';
  v.attemptOwes = none;
  v.deferralOwes = none;
  v.wordOwes = none;
}

function checkGates(model: Model, v: Vcpu, actor: number): void {
  const blocked = blockedBy(model, v, false);
  const shut = blocked !== '' ? blocked : undeliverable(model, v, actor);
  if (shut === '') return;
  const found = `page-not-present is injected on vcpu ${v.number} ${shut}`;
  model.report.violate(model.ids.gates, `${found}; expected ${blocked === '' ? 'the artificial halt' : 'a sleep'}`);
}

/** What keeps page-not-present from a guest that could take it, in words and as the deferral's reason; '' if nothing does. */
function undeliverable(model: Model, v: Vcpu, actor: number): string {
  const reason = haltReason(model, v, actor);
  if (reason === Reason.not_enabled) return 'that has not enabled it';
  if (reason === Reason.user_only) return 'while its kernel runs';
  return reason === Reason.nested ? 'while a nested guest runs' : '';
}

function haltReason({config}: Model, v: Vcpu, actor: number): number {
  const taskMode = actor < config.tasks ? (config.taskModes?.[actor] ?? TaskMode.user) : TaskMode.kernel;
  if (!v.enabled) return Reason.not_enabled;
  if (config.cpl0 === 'user_only' && taskMode === TaskMode.kernel) return Reason.user_only;
  if (config.nested !== 'exit_to_l1' && taskMode === TaskMode.nested) return Reason.nested;
  return none;
}

/** What can hold page-not-present back, in the order in which the host asks (B.2). */
export function onDeferral(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const reason = row[Row.reason];
  report.reach(ids.answer);
  if (reason in seenOf) report.reach(seenOf[reason]);
  model.touched.add(v);
  if (!isAsked(model, v)) violateUnasked(model, v, 'deferral');
  const expected = reasonDue(model, v, pageOfRow(row), model.actorOf(row));
  if (reason !== expected && !isTrueToo(model, v, pageOfRow(row), reason)) {
    const found = `a deferral on vcpu ${v.number} for ${reason === none ? 'no reason' : reasonNames[reason]}`;
    const wanted = expected === none ? 'a delivery, for nothing stands in its way' : reasonNames[expected];
    report.violate(ids.answer, `${found}; expected ${wanted}`, v.gfns.get(pageOfRow(row))?.queuedSeq ?? none);
  }
  if (isHaltReason(reason)) enqueue(model, v, row, false);
  v.attemptOwes = none;
  v.deferralOwes = reason;
}

const seenOf: Readonly<Record<number, string>> = {
  [Reason.interrupts_off]: 'interrupts-off',
  [Reason.sti_shadow]: 'interrupts-off',
  [Reason.movss_shadow]: 'interrupts-off',
  [Reason.repeated_fault]: 'repeated-fault',
  [Reason.no_token]: 'no-token',
  [Reason.not_enabled]: 'undeliverable',
  [Reason.user_only]: 'undeliverable',
  [Reason.nested]: 'undeliverable',
  [Reason.known_failed]: 'known-failed',
  [Reason.early]: 'early',
};

/** An item is queued of which the guest is not told: it could have taken page-not-present, and may not get it. */
function isHaltReason(reason: number): boolean {
  return reason === Reason.not_enabled || reason === Reason.user_only || reason === Reason.nested;
}

function reasonDue(model: Model, v: Vcpu, page: number, actor: number): number {
  const blocked = blockedReason(model, v);
  const state = model.pages.stateOf(page);
  if (state === PageState.failed) return Reason.known_failed;
  if (state === PageState.present) return Reason.early;
  if (blocked !== none) return blocked;
  if (v.gfns.has(page)) return Reason.repeated_fault;
  if (v.queued >= model.config.tokens) return Reason.no_token;
  return haltReason(model, v, actor);
}

function blockedReason(model: Model, v: Vcpu): number {
  switch (blockedBy(model, v, false)) {
    case '':
      return none;
    case 'in an STI shadow':
      return Reason.sti_shadow;
    case 'in a MOV SS shadow':
      return Reason.movss_shadow;
    default:
      return Reason.interrupts_off;
  }
}

/** Of a page that is not absent, the host may as well say what would have stood in the way. */
function isTrueToo(model: Model, v: Vcpu, page: number, reason: number): boolean {
  if (reason === none || model.pages.stateOf(page) === PageState.absent) return false;
  if (reason === blockedReason(model, v)) return true;
  if (model.pages.stateOf(page) === PageState.failed) return false;
  if (reason === Reason.repeated_fault) return v.gfns.has(page);
  return reason === Reason.no_token && v.queued >= model.config.tokens;
}

/** The vCPU stops: a synchronous fault suspends it, a fault that is in the queue halts it so that interrupts get through. */
export function onSleep(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, ids} = model;
  const halts = row[Row.reason] === Reason.artificial_halt;
  report.reach(ids.held);
  report.reach(ids.sleepEnds);
  if (halts) report.reach(ids.halt);
  model.touched.add(v);
  const deferral = v.deferralOwes;
  afterDeferral(model, v, 'sleep');
  const shouldHalt = deferral === Reason.repeated_fault || isHaltReason(deferral);
  if (deferral !== none && shouldHalt !== halts) {
    const found = `vcpu ${v.number} is ${halts ? 'artificially halted' : 'suspended'} for ${reasonNames[deferral]}`;
    report.violate(ids.answer, `${found}; expected ${shouldHalt ? 'the artificial halt' : 'a synchronous fault'}`);
  }
  answer(model, row, halts ? 'halted' : 'suspended');
  v.mode = halts ? 'halted' : 'suspended';
  v.sleepPage = pageOfRow(row);
  v.sleepSeq = row[Row.seq];
  model.sleepersDue = true;
}

/** R12: the error of a synchronous fault, told to the guest. */
export function onRecovery(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages, config, ids} = model;
  const page = pageOfRow(row);
  report.reach('recovery');
  afterDeferral(model, v, 'recovery');
  if (!config.recovery) {
    report.violate(ids.answer, `recovery on vcpu ${v.number}; expected a kill, for it is not implemented`);
  } else if (pages.stateOf(page) !== PageState.failed) {
    report.violate(ids.answer, `recovery for page ${page}, which is ${pages.nameOf(page)}; expected sleep`);
  }
  answer(model, row, 'recovered');
  const actor = model.actors[model.actorOf(row)];
  actor.recovered = true;
  actor.readyEvictions = none;
  v.mode = 'guest';
}

export function onLog(model: Model, row: Float64Array): void {
  model.vcpuOf(row).logSeq = row[Row.seq];
}

/** R11: the error of a synchronous fault ends the guest. */
export function onKill(model: Model, row: Float64Array): void {
  const v = model.vcpuOf(row);
  const {report, pages, ids} = model;
  const page = pageOfRow(row);
  report.reach(ids.killed);
  report.reach('kill');
  if (v.logSeq !== row[Row.seq] - 1) {
    report.violate(ids.answer, `the guest is killed for page ${page}; expected a log row just before`);
  }
  afterDeferral(model, v, 'kill');
  if (row[Row.reason] !== Reason.known_failed) {
    const reason = row[Row.reason] === none ? 'no reason' : reasonNames[row[Row.reason]];
    report.violate(ids.answer, `the guest is killed for ${reason}; expected known_failed`);
  } else if (pages.stateOf(page) !== PageState.failed) {
    report.violate(ids.answer, `the guest is killed for page ${page}, which is ${pages.nameOf(page)}; expected sleep`);
  } else if (model.config.recovery) {
    report.violate(ids.answer, `the guest is killed for page ${page}; expected recovery, which is implemented`);
  }
  answer(model, row, 'killed');
  model.killSeq = row[Row.seq];
}

/** The guest waits for the host's answer to a fault. */
function isAsked(model: Model, v: Vcpu): boolean {
  return v.mode === 'exited' || v.mode === 'suspended' || v.wokenStep === model.step;
}

function violateUnasked(model: Model, v: Vcpu, what: string): void {
  const found = `${what} on vcpu ${v.number} without a fault`;
  model.report.violate(model.ids.answer, `${found}; expected one answer to each fault`);
}

/** Sleep, kill and recovery are answers to a deferral, and only one of them comes. */
function afterDeferral(model: Model, v: Vcpu, what: string): void {
  if (v.deferralOwes === none) {
    const found = `${what} on vcpu ${v.number} without a deferral before it`;
    model.report.violate(model.ids.answer, `${found}; expected one answer to each`);
  }
  v.deferralOwes = none;
  v.attemptOwes = none;
}

/** Counts the first answer of a fault. */
function answer(
  model: Model,
  row: Float64Array,
  how: 'delivered' | 'suspended' | 'halted' | 'killed' | 'recovered',
): void {
  const actor = model.actors[model.actorOf(row)];
  if (actor.fault === none || actor.fault !== row[Row.fault] || actor.answered) return;
  actor.answered = true;
  model.counts[how]++;
}
