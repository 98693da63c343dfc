import {ApfError} from '../../base/errors.js';
import {Kind, type KindEntry, type KindName, kindNames, kindTable} from '../../protocol/kinds.js';
import {none, Row} from '../../protocol/row.js';
import type {TimeState} from '../accounting.js';
import type {CheckEnd, Checker} from '../checker.js';
import type {CheckerConfig} from '../config.js';
import type {CheckReport} from '../report.js';
import * as access from './access-rules.js';
import * as answer from './answer-rules.js';
import type {Dialect, Rule} from './dialect.js';
import {checkEnd} from './end-rules.js';
import * as guest from './guest-rules.js';
import {identitiesOf} from './identities.js';
import {Model, type Vcpu} from './model.js';
import * as queue from './queue-rules.js';
import * as ready from './ready-rules.js';
import {endStep} from './step-rules.js';
import {onWakeup} from './wakeup-rules.js';

const nothing: Rule = () => {};

/** What both Linux protocols read alike. A kind that is not here and not the dialect's is no business of theirs. */
const shared: Readonly<Partial<Record<KindName, Rule>>> = {
  access: access.onAccess,
  completion: queue.onCompletion,
  eviction: queue.onEviction,
  mask: guest.onMask,
  nmi: guest.onNmi,
  dispatch: guest.onDispatch,
  exit: guest.onExit,
  attempt: answer.onAttempt,
  copy: guest.onCopy,
  park: guest.onPark,
  iret: guest.onIret,
  consume: ready.onConsume,
  unpark: ready.onUnpark,
  halt: guest.onHalt,
  resume: guest.onResume,
  retry: access.onRetry,
  abandon: access.onAbandon,
  fault: access.onFault,
  delivery: answer.onDelivery,
  deferral: answer.onDeferral,
  sleep: answer.onSleep,
  wakeup: onWakeup,
  kill: answer.onKill,
  recovery: answer.onRecovery,
  resolution: queue.onResolution,
  retire: access.onRetire,
  log: answer.onLog,
  device: guest.onDevice,
  serve: guest.onServe,
  enable: queue.onEnable,
};

/** A table by kind, for the few questions that every row is asked. */
function kindsWhere(is: (entry: KindEntry) => boolean): Uint8Array {
  return Uint8Array.from(kindTable, (entry) => (is(entry) ? 1 : 0));
}

const ofGuest = new Set(['access', 'mask', 'nmi', 'dispatch', 'exit', 'fault', 'retire']);
const ofTask = new Set(['access', 'dispatch', 'exit', 'retry', 'abandon']);

/** What only a guest that runs can bring about; a step is such when it is a choice, else the host wrote the word. */
const isGuest = kindsWhere(({name}) => ofGuest.has(name));
const isStep = kindsWhere(({role}) => role === 'step');

/** A task's own code, outside its page-not-present handler, and its being chosen to run. */
const isTask = kindsWhere(({name}) => ofTask.has(name));

const needsVcpu = kindsWhere(({columns}) => columns.includes('vcpu'));

/**
 * The rules' own reading of a run of a Linux protocol, from its rows alone: it shares no code with the engine, so that a
 * bug there cannot hide itself, and does not read what a trace says about its own misbehaviour. One pass; memory goes
 * with vCPUs, tasks, items in the queues and pages touched.
 */
export class KvmChecker implements Checker {
  private readonly model: Model;
  private readonly ruleOfKind: readonly Rule[];
  private lastNs = 0;

  constructor(config: CheckerConfig, dialect: Dialect) {
    this.model = new Model(config, dialect);
    const rules = {...shared, ...dialect.rules};
    this.ruleOfKind = kindNames.map((name) => rules[name] ?? nothing);
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
      const found = `${kindNames[kind]} after the guest was killed in row ${model.killSeq}`;
      model.report.violate(model.ids.killed, `${found}; expected no row`, model.killSeq);
      return;
    }
    if (row[Row.vcpu] !== none) this.checkMayRun(row);
    this.ruleOfKind[kind](model, row);
    if (kind === Kind.kill) this.die(row[Row.time]);
    else if (row[Row.vcpu] !== none) {
      const v = model.vcpuOf(row);
      model.accounting.enter(v.number, timeState(model, v), row[Row.time]);
    }
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
      checkEnd(model);
    }
    model.accounting.close(endNs);
    const {violations, total, reached} = model.report;
    return {violations, violationsTotal: total, reached, identities: identitiesOf(model, endNs)};
  }

  private die(timeNs: number): void {
    for (const v of this.model.vcpus) this.model.accounting.enter(v.number, 'dead', timeNs);
    this.model.touched.clear();
    this.model.sleepersDue = false;
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

  /** A vCPU that sleeps, waits for the host, or waits in HLT does nothing; a task that is parked does not run. */
  private checkMayRun(row: Float64Array): void {
    const {model} = this;
    const v = model.vcpuOf(row);
    const kind = row[Row.kind];
    if (isTask[kind] === 1) guest.checkNotParked(model, row);
    if (v.mode === 'guest' || !(isGuest[kind] === 1 || (isStep[kind] === 1 && row[Row.choice] === 1))) return;
    if (v.mode === 'exited' && (kind === Kind.fault || kind === Kind.retire)) return; // how its retry ends
    if (kind === Kind.nmi && (v.mode === 'halted' || v.mode === 'idle')) return;
    if (kind === Kind.resume && v.mode === 'idle') return;
    const found = `${kindNames[kind]} on vcpu ${v.number}, ${stopped[v.mode]}`;
    const expected = v.mode === 'exited' ? 'delivery or deferral' : v.mode === 'idle' ? 'resume' : 'a wakeup';
    model.report.violate(model.ids.held, `${found}; expected ${expected} first`, v.sleepSeq);
  }
}

const stopped = {
  exited: 'whose fault has no answer',
  suspended: 'which is suspended',
  halted: 'which is artificially halted',
  idle: 'which waits with nothing to run',
} as const;

/** Between tasks the guest's scheduler works, and at an exit the host: both count as handler. */
function timeState(model: Model, v: Vcpu): TimeState {
  if (v.mode === 'suspended' || v.mode === 'halted') return 'sleep';
  if (v.mode === 'idle') return v.haltValue > 0 ? 'halt' : 'idle';
  if (v.mode === 'exited' || v.inNmi || v.inReady || model.inPnpHandler(v) || v.current === none) return 'handler';
  return 'run';
}
