import {ApfError} from '../../base/errors.js';
import {Kind, type KindEntry, type KindName, kindNames, kindTable} from '../../protocol/kinds.js';
import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import type {TimeState} from '../accounting.js';
import type {CheckEnd, Checker} from '../checker.js';
import type {CheckerConfig} from '../config.js';
import type {CheckReport} from '../report.js';
import * as access from './access-rules.js';
import * as entries from './entry-rules.js';
import * as guest from './guest-rules.js';
import * as host from './host-rules.js';
import {identitiesOf} from './identities.js';
import * as kill from './kill-rules.js';
import {Model, nameOf, type Vcpu} from './model.js';
import {endStep} from './step-rules.js';

type Rule = (model: Model, row: Float64Array) => void;

const nothing: Rule = () => {};

/** A kind that is not here is no business of this protocol. */
const rules: Partial<Record<KindName, Rule>> = {
  completion: access.onCompletion,
  eviction: access.onEviction,
  mask: guest.onMask,
  nmi: guest.onNmi,
  dispatch: guest.onDispatch,
  exit: guest.onExit,
  attempt: host.onAttempt,
  copy: entries.onCopy,
  hypercall: entries.onHypercall,
  busy: onBusy,
  park: guest.onPark,
  iret: guest.onIret,
  interrupt: guest.onInterrupt,
  consume: entries.onConsume,
  unpark: entries.onUnpark,
  halt: guest.onHalt,
  resume: guest.onResume,
  retry: access.onRetry,
  abandon: access.onAbandon,
  fault: access.onFault,
  delivery: host.onDelivery,
  deferral: host.onDeferral,
  sleep: host.onSleep,
  wakeup: host.onWakeup,
  kill: kill.onKill,
  recovery: host.onRecovery,
  resolution: entries.onResolution,
  raise: entries.onRaise,
  retire: access.onRetire,
  log: kill.onLog,
};
const ruleOfKind = kindNames.map((name) => rules[name] ?? nothing);

/** A table by kind, for the few questions that every row is asked. */
function kindsWhere(is: (entry: KindEntry) => boolean): Uint8Array {
  return Uint8Array.from(kindTable, (entry) => (is(entry) ? 1 : 0));
}

const ofGuest = new Set(['access', 'mask', 'nmi', 'dispatch', 'exit', 'fault', 'retire']);
const ofTask = new Set(['access', 'dispatch', 'exit', 'retry', 'abandon']);

/** What only a guest that runs can bring about; `busy` is such when the guest writes it. */
const isGuest = kindsWhere(({name, role}) => role === 'step' || ofGuest.has(name));

/** A task's own code, outside its #VE handler, and its being chosen to run. */
const isTask = kindsWhere(({name}) => ofTask.has(name));

const needsVcpu = kindsWhere(({columns}) => columns.includes('vcpu'));

function onBusy(model: Model, row: Float64Array): void {
  if (row[Row.value] === 1 && row[Row.reason] === Reason.by_host) host.onBusyByHost(model, row);
  else if (row[Row.value] === 0 && row[Row.reason] === Reason.by_guest) guest.onBusyByGuest(model, row);
  else guest.onBusyByNone(model, row);
}

/**
 * The rules' own reading of a run of the #VE sketch, from its rows alone: it shares no code with the engine, so that a
 * bug there cannot hide itself. One pass; memory goes with tasks, entries and pages touched.
 */
export class VeChecker implements Checker {
  private readonly model: Model;
  private lastNs = 0;

  constructor(config: CheckerConfig) {
    this.model = new Model(config);
  }

  /** @throws ApfError badData when a row names a vCPU or task that the scenario does not have */
  row(row: Float64Array): void {
    const {model} = this;
    const kind = row[Row.kind];
    this.checkRange(row);
    if (row[Row.choice] === 1) {
      endStep(model); // before the row is the reporter's: what was owed, the step before owed
      model.step++;
    }
    model.report.seq = row[Row.seq];
    model.report.timeNs = row[Row.time];
    if (row[Row.time] < this.lastNs) model.accounting.backward++;
    this.lastNs = row[Row.time];
    if (model.killSeq !== none) {
      const found = `${kindNames[kind]} after the guest was killed`;
      model.report.violate('VE-S11', `${found}; expected no row`, model.killSeq);
      return;
    }
    if (row[Row.vcpu] !== none) this.checkMayRun(row);
    ruleOfKind[kind](model, row);
    if (kind === Kind.kill) for (const v of model.vcpus) model.accounting.enter(v.number, 'dead', row[Row.time]);
    else if (row[Row.vcpu] !== none) this.account(row);
  }

  get broken(): boolean {
    return this.model.report.total > 0;
  }

  finish(end: CheckEnd): CheckReport {
    const {model} = this;
    const endNs = end.endNs ?? this.lastNs;
    if (end.complete && model.killSeq === none) {
      endStep(model);
      this.checkEnd();
    }
    model.accounting.close(endNs);
    const {violations, total, reached} = model.report;
    return {violations, violationsTotal: total, reached, identities: identitiesOf(model, endNs)};
  }

  private checkRange(row: Float64Array): void {
    const {vcpus, tasks} = this.model.config;
    const kind = row[Row.kind];
    const vcpu = row[Row.vcpu];
    const task = row[Row.task];
    if (kind < kindNames.length && vcpu < vcpus && task < tasks) {
      const taskMissing = task === none && (kind === Kind.dispatch || kind === Kind.exit);
      if (!taskMissing && (vcpu !== none || needsVcpu[kind] === 0)) return;
    }
    const found = `row ${row[Row.seq]}: ${kindNames[kind] ?? `kind ${kind}`} of vcpu ${vcpu}, task ${task}`;
    const expected = `expected what the scenario has: ${vcpus} vcpus, ${tasks} tasks`;
    throw new ApfError('badData', 'CHECK_ROW', `${found}; ${expected}`);
  }

  /** VE-S7, and VE-S9 of a vCPU whose fault has no answer yet; VE-S12. */
  private checkMayRun(row: Float64Array): void {
    const {model} = this;
    const v = model.vcpuOf(row);
    const kind = row[Row.kind];
    if (isTask[kind] === 1) guest.checkNotWaiting(model, row);
    if (v.mode !== 'asleep' && v.mode !== 'exited') return;
    if (isGuest[kind] === 0 || (kind === Kind.busy && row[Row.reason] !== Reason.by_guest)) return;
    if (v.mode === 'asleep') {
      model.report.violate('VE-S7', `${kindNames[kind]} on vcpu ${v.number}, which is suspended`, v.sleepSeq);
    } else {
      const found = `${kindNames[kind]} on vcpu ${v.number}, whose fault has no answer`;
      model.report.violate('VE-S9', `${found}; expected delivery or deferral first`);
    }
  }

  private account(row: Float64Array): void {
    const v = this.model.vcpuOf(row);
    this.model.accounting.enter(v.number, timeState(this.model, v), row[Row.time]);
  }

  /** VE-L1 and VE-L2, which need no bound at the end: what will never happen any more. */
  private checkEnd(): void {
    const {model} = this;
    for (const [number, actor] of model.actors.entries()) {
      const {entry} = actor;
      if (!actor.waiting || entry === null || (entry.state !== 'resolved' && entry.state !== 'fail')) continue;
      const v = entry.vcpu;
      if (v.unparkDue === entry || v.hostCurrent === entry.index || v.queue.includes(entry.index)) continue;
      const found = `${nameOf(model, number)} waits under entry ${entry.index} at the end, which is ${entry.state}`;
      const expected = 'expected its completion to be on its way';
      model.report.violate('VE-L1', `${found}; ${expected}`, actor.parkSeq, entry.resolutionSeq);
    }
    for (const v of model.vcpus) {
      if (v.busy === 0 || v.frames > 0) continue;
      const found = `busy of vcpu ${v.number} is 1 at the end and no handler is under way`;
      model.report.violate('VE-L2', `${found}; expected it cleared`, v.busySeq);
    }
  }
}

/** Between tasks the guest's scheduler works, and at an exit the host: both count as handler. */
function timeState(model: Model, v: Vcpu): TimeState {
  if (v.mode === 'asleep') return 'sleep';
  if (v.mode === 'halted') return v.haltValue > 0 ? 'halt' : 'idle';
  if (v.mode === 'exited' || v.inNmi || v.inReady || model.inVeHandler(v) || v.current === none) return 'handler';
  return 'run';
}
