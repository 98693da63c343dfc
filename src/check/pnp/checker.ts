import {ApfError} from '../../base/errors.js';
import {Kind, type KindEntry, type KindName, kindNames, kindTable} from '../../protocol/kinds.js';
import {Reason} from '../../protocol/reasons.js';
import {none, Row} from '../../protocol/row.js';
import type {TimeState} from '../accounting.js';
import type {CheckEnd, Checker} from '../checker.js';
import type {CheckerConfig} from '../config.js';
import type {CheckReport} from '../report.js';
import * as access from './access-rules.js';
import * as device from './device-rules.js';
import {checkEnd} from './end-rules.js';
import * as guest from './guest-rules.js';
import * as host from './host-rules.js';
import {identitiesOf} from './identities.js';
import * as kill from './kill-rules.js';
import {blockedBy, Model, type Vcpu} from './model.js';
import * as ring from './ring-rules.js';
import {endStep} from './step-rules.js';

type Rule = (model: Model, row: Float64Array) => void;

const nothing: Rule = () => {};

/** A kind that is not here is no business of this protocol. */
const rules: Partial<Record<KindName, Rule>> = {
  access: access.onAccess,
  completion: access.onCompletion,
  eviction: access.onEviction,
  mask: guest.onMask,
  nmi: guest.onNmi,
  dispatch: guest.onDispatch,
  exit: guest.onExit,
  attempt: host.onAttempt,
  copy: guest.onCopy,
  park: guest.onPark,
  inuse: onInuse,
  iret: guest.onIret,
  interrupt: guest.onInterrupt,
  consume: ring.onConsume,
  ack: ring.onAck,
  unpark: guest.onUnpark,
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
  resolution: ring.onResolution,
  raise: ring.onRaise,
  retire: access.onRetire,
  log: kill.onLog,
  device: device.onDevice,
  serve: device.onServe,
};
const ruleOfKind = kindNames.map((name) => rules[name] ?? nothing);

/** A table by kind, for the few questions that every row is asked. */
function kindsWhere(is: (entry: KindEntry) => boolean): Uint8Array {
  return Uint8Array.from(kindTable, (entry) => (is(entry) ? 1 : 0));
}

const ofGuest = new Set(['access', 'mask', 'nmi', 'dispatch', 'exit', 'fault', 'retire']);
const ofTask = new Set(['access', 'dispatch', 'exit', 'retry', 'abandon']);

/** What only a guest that runs can bring about; `inuse` is such when the guest writes it. */
const isGuest = kindsWhere(({name, role}) => role === 'step' || ofGuest.has(name));

/** A task's own code, outside its page-not-present handler, and its being chosen to run. */
const isTask = kindsWhere(({name}) => ofTask.has(name));

const needsVcpu = kindsWhere(({columns}) => columns.includes('vcpu'));

function onInuse(model: Model, row: Float64Array): void {
  if (row[Row.value] === 1 && row[Row.reason] === Reason.by_host) host.onInuseByHost(model, row);
  else if (row[Row.value] === 0 && row[Row.reason] === Reason.by_guest) guest.onInuseByGuest(model, row);
  else guest.onInuseByNone(model, row);
}

/**
 * The rules' own reading of a run, from its rows alone: it shares no code with the engine, so that a bug there cannot
 * hide itself. One pass; memory goes with tasks, tokens in use and pages touched. Give it every row, then `finish`.
 */
export class PnpChecker implements Checker {
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
      model.report.violate('AL-S13', `${kindNames[kind]} after the guest was killed; expected no row`, model.killSeq);
      return;
    }
    if (row[Row.vcpu] !== none) this.checkMayRun(row);
    ruleOfKind[kind](model, row);
    if (kind === Kind.kill) for (const v of model.vcpus) model.accounting.enter(v.number, 'dead', row[Row.time]);
    else if (row[Row.vcpu] !== none) this.account(row);
  }

  /** A rule has been broken by the rows so far: a driver may stop there. */
  get broken(): boolean {
    return this.model.report.total > 0;
  }

  /** The report; call once, after the last row. */
  finish(end: CheckEnd): CheckReport {
    const {model} = this;
    const endNs = end.endNs ?? this.lastNs;
    if (end.complete && model.killSeq === none) {
      endStep(model);
      checkEnd(model, end.stuck ? Number.POSITIVE_INFINITY : endNs);
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
    throw new ApfError(
      'badData',
      'CHECK_ROW',
      `${found}; expected what the scenario has: ${vcpus} vcpus, ${tasks} tasks`,
    );
  }

  /** S10, and S9 of a vCPU whose fault has no answer yet; S16. */
  private checkMayRun(row: Float64Array): void {
    const {model} = this;
    const v = model.vcpuOf(row);
    const kind = row[Row.kind];
    if (isTask[kind] === 1) guest.checkNotParked(model, row);
    if (v.mode !== 'asleep' && v.mode !== 'exited') return;
    if (isGuest[kind] === 0 || (kind === Kind.inuse && row[Row.reason] !== Reason.by_guest)) return;
    if (v.mode === 'asleep') {
      model.report.violate('AL-S10', `${kindNames[kind]} on vcpu ${v.number}, which is asleep`, v.sleepSeq);
    } else {
      const found = `${kindNames[kind]} on vcpu ${v.number}, whose fault has no answer`;
      model.report.violate('AL-S9', `${found}; expected delivery or deferral first`);
    }
  }

  /** From when on READY, which is pending, can be taken. */
  private watchReady(v: Vcpu, timeNs: number): void {
    const runs = v.mode === 'guest' || v.mode === 'halted';
    if (!runs || blockedBy(this.model, v, true) !== '') v.takeableNs = none;
    else if (v.takeableNs === none) v.takeableNs = timeNs;
  }

  private account(row: Float64Array): void {
    const v = this.model.vcpuOf(row);
    this.model.accounting.enter(v.number, timeState(this.model, v), row[Row.time]);
    if (v.pending) this.watchReady(v, row[Row.time]);
  }
}

/** Between tasks the guest's scheduler works, and at an exit the host: both count as handler. */
function timeState(model: Model, v: Vcpu): TimeState {
  if (v.mode === 'asleep') return 'sleep';
  if (v.mode === 'halted') return v.haltValue > 0 ? 'halt' : 'idle';
  if (v.mode === 'exited' || v.inNmi || v.inReady || model.inPnpHandler(v) || v.current === none) return 'handler';
  return 'run';
}
