import {A, Access, Mask, Mode, Page, Pc, Status, V} from '../engine/layout.js';
import type {EngineState} from '../engine/state.js';
import {pageOf} from '../engine/step.js';
import {Kind} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {Agenda, Phase} from './agenda.js';
import {IoChannels} from './io.js';
import {Memory} from './memory.js';
import {Nmis} from './nmis.js';
import {RunQueues} from './run-queues.js';
import {reportWaits, type WaitReport} from './stuck.js';
import {TaskTime} from './task-time.js';
import {Compute, type Workload} from './workload.js';

/** What `next` says: a choice is ready; call `readOn` first; call again (a pause for the caller); the run is over. */
export const Next = {choice: 0, readOn: 1, pause: 2, end: 3} as const;

export type EndReason = 'until' | 'workload' | 'killed' | 'stuck';

/** A plan of the agenda that is no kind: the current task computes, until its next access or a timer. */
const planCompute = -1;

/** Accesses that hit, in a row, after which `next` lets the caller breathe. */
const hitsMax = 65536;

/**
 * The world around the engine: virtual time, the order of work, I/O, page replacement, the guest's scheduler, interrupt
 * masks, NMIs and costs. It answers "the next choice", and learns from the rows what the engine made of it.
 *
 * The way of one choice: `next` takes the earliest entry of I/O and agenda, the caller steps the engine, `observe` sees
 * the rows, and the following `next` first plans anew for the vCPUs that the step touched.
 */
export class World {
  /** Virtual time, ns. */
  nowNs = 0;
  /** Faults that have got their answer; accesses that have gone through or were given up. */
  answered = 0;
  accesses = 0;
  ended: EndReason | null = null;

  private readonly agenda: Agenda;
  private readonly io: IoChannels;
  private readonly memory: Memory;
  private readonly queues: RunQueues;
  private readonly time: TaskTime;
  private readonly costs: ResolvedScenario['costs'];
  /** 1: the vCPU has been told to dispatch a task of the shared queue. */
  private readonly claimed: Uint8Array;
  private readonly nmis: Nmis;
  private readonly starved = new Set<number>();
  /** vCPUs to plan for before the next choice: the one that acted, and those that the step touched. */
  private acted: number = none;
  private readonly touched: number[] = [];
  private ioToStart: number = none;
  private deliveredToken = 0;
  private tasksLeft: number;

  constructor(
    private readonly scenario: ResolvedScenario,
    private readonly state: EngineState,
    private readonly workload: Workload,
    private readonly accessesAll: boolean,
  ) {
    const {vcpus} = scenario;
    this.agenda = new Agenda(vcpus);
    this.io = new IoChannels(scenario);
    this.memory = new Memory(scenario, state.config.presentPages);
    this.queues = new RunQueues(vcpus, workload.home);
    this.time = new TaskTime(scenario, workload.taskCount);
    this.costs = scenario.costs;
    this.claimed = new Uint8Array(vcpus);
    this.nmis = new Nmis(scenario, state);
    this.tasksLeft = workload.taskCount;
    for (let task = 0; task < workload.taskCount; task++) this.queues.push(task);
    for (let vcpu = 0; vcpu < vcpus; vcpu++) this.touched.push(vcpu);
  }

  /** Fills in the next choice; the answer is one of `Next`. Allocates nothing in the steady state. */
  next(choice: Float64Array): number {
    this.settle();
    for (let hits = 0; hits < hitsMax; hits++) {
      if (this.ended !== null) return Next.end;
      if (this.starved.size > 0) return Next.readOn;
      const ioNs = this.io.nextNs;
      const vcpuNs = this.agenda.nextNs;
      const atNs = ioNs < vcpuNs ? ioNs : vcpuNs;
      if (atNs === Number.POSITIVE_INFINITY) return this.end('stuck');
      const until = this.scenario.until.time;
      if (until !== null && (this.nmis.nextNs < atNs ? this.nmis.nextNs : atNs) > until) {
        this.nowNs = until;
        return this.end('until');
      }
      if (this.nmis.nextNs <= atNs) {
        this.nowNs = this.nmis.nextNs;
        this.nmis.tick();
        for (let vcpu = 0; vcpu < this.scenario.vcpus; vcpu++) this.nudge(vcpu);
        continue;
      }
      this.nowNs = atNs;
      if (ioNs <= vcpuNs) {
        if (this.complete(this.io.nextPage, choice)) this.io.finish();
        return Next.choice;
      }
      if (this.act(this.agenda.nextVcpu, choice)) return Next.choice;
    }
    return Next.pause;
  }

  /** Reads the workloads on that `next` waits for. */
  async readOn(): Promise<void> {
    await this.workload.readOn(this.starved);
    for (const task of [...this.starved].sort((a, b) => a - b)) {
      this.starved.delete(task);
      this.plan(this.state.cells[this.state.actor(task) + A.vcpu]);
    }
  }

  /** Learns from a row that the engine wrote. */
  observe(row: Float64Array): void {
    switch (row[Row.kind]) {
      case Kind.fault:
        return this.memory.pin(pageOf(row));
      case Kind.delivery:
        this.deliveredToken = row[Row.token];
        return;
      case Kind.raise:
      case Kind.wakeup:
        this.touched.push(row[Row.vcpu]);
        return;
      case Kind.unpark:
        if (this.state.cells[this.state.actor(row[Row.task]) + A.status] === Status.runnable) {
          this.queues.push(row[Row.task]);
          this.touched.push(this.workload.home[row[Row.task]]);
        }
        return;
      case Kind.retire:
      case Kind.abandon:
        return this.finishAccess(row);
      case Kind.kill:
        this.ended = 'killed';
        return;
    }
  }

  /** What each vCPU and task waits for, when the run is stuck. */
  waits(): WaitReport[] {
    return reportWaits(this.state);
  }

  private end(reason: EndReason): number {
    this.ended = reason;
    return Next.end;
  }

  /** After a step: starts the I/O it began, checks the ends, and plans anew for whom it touched. */
  private settle(): void {
    if (this.acted === none && this.touched.length === 0) return;
    if (this.ioToStart !== none) {
      if (this.state.pageState(this.ioToStart) === Page.inFlight)
        this.io.submit(this.ioToStart, this.nowNs, this.deliveredToken);
      this.ioToStart = none;
    }
    const {faults, accesses} = this.scenario.until;
    if (this.ended === null && faults !== null && this.answered >= faults) this.ended = 'until';
    if (this.ended === null && accesses !== null && this.accesses >= accesses) this.ended = 'until';
    if (this.ended === null && this.tasksLeft === 0) this.ended = 'workload';
    if (this.ended !== null) return;
    this.claimShared();
    if (this.acted !== none) this.plan(this.acted);
    const acted = this.acted;
    this.acted = none;
    for (let i = 0; i < this.touched.length; i++) {
      if (this.touched[i] !== acted && this.touched[i] !== none) this.nudge(this.touched[i]);
    }
    this.touched.length = 0;
  }

  /** The lowest idle vCPUs get the tasks of the shared queue that no other is about to take. */
  private claimShared(): void {
    let left = this.queues.sharedLength;
    if (left === 0) return;
    for (let vcpu = 0; vcpu < this.scenario.vcpus; vcpu++) if (this.claimed[vcpu] === 1) left--;
    for (let vcpu = 0; vcpu < this.scenario.vcpus && left > 0; vcpu++) {
      if (this.claimed[vcpu] === 1 || this.queues.hasOwn(vcpu) || !this.isIdle(vcpu)) continue;
      this.claimed[vcpu] = 1;
      this.touched.push(vcpu);
      left--;
    }
  }

  private isIdle(vcpu: number): boolean {
    const v = this.state.vcpu(vcpu);
    const mode = this.state.cells[v + V.mode];
    return this.state.cells[v + V.task] === 0 && (mode === Mode.guest || mode === Mode.halted);
  }

  /** Something happened to a vCPU that it did not do itself: it changes its plan, unless it is paying for one already. */
  private nudge(vcpu: number): void {
    if (this.agenda.has(vcpu) && this.agenda.paid[vcpu] === 1) return;
    if (this.agenda.has(vcpu) && this.agenda.plan[vcpu] === planCompute)
      this.time.settle(vcpu, this.currentTask(vcpu), this.nowNs);
    this.plan(vcpu);
  }

  private currentTask(vcpu: number): number {
    return this.state.cells[this.state.vcpu(vcpu) + V.task] - 1;
  }

  private accessOf(vcpu: number): number {
    return this.state.cells[this.state.actor(this.state.currentActor(vcpu)) + A.access];
  }

  private later(vcpu: number, plan: number, costNs: number, phase: number): void {
    this.agenda.set(vcpu, plan, this.nowNs + costNs, phase, costNs > 0);
  }

  /** Decides what a vCPU does next, from its state alone. */
  private plan(vcpu: number): void {
    const {cells} = this.state;
    const v = this.state.vcpu(vcpu);
    switch (cells[v + V.mode]) {
      case Mode.exited:
        return this.later(vcpu, Kind.attempt, this.costs.delivery, Phase.handler);
      case Mode.asleep:
        return this.agenda.remove(vcpu);
      case Mode.halted:
        return this.planHalted(vcpu);
    }
    const {guest} = this.state.port;
    if (this.nmis.comes(vcpu)) return this.later(vcpu, Kind.nmi, 0, Phase.handler);
    if (this.nmis.isTouching(vcpu) && this.accessOf(vcpu) === Access.none)
      return this.later(vcpu, Kind.access, 0, Phase.retry);
    if (cells[v + V.pending] === 1 && guest.interruptible(this.state, vcpu)) {
      return this.later(vcpu, Kind.interrupt, this.costs.interrupt, Phase.handler);
    }
    const step = guest.nextStep(this.state, vcpu);
    if (step === Kind.retry || step === Kind.abandon) return this.later(vcpu, step, 0, Phase.retry);
    const task = this.currentTask(vcpu);
    if (step !== none) {
      if (task >= 0 && this.preempts(vcpu)) return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
      return this.later(vcpu, step, this.costs.step, Phase.handler);
    }
    if (task >= 0) return this.planTask(vcpu, task);
    if (this.claimed[vcpu] === 1 || this.queues.hasOwn(vcpu)) {
      return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
    }
    const suspend = this.scenario.guest.wait === 'hypercall' ? this.costs.hypercall : 0;
    this.later(vcpu, Kind.halt, suspend, Phase.halt);
  }

  private planHalted(vcpu: number): void {
    const v = this.state.vcpu(vcpu);
    const ready = this.state.cells[v + V.pending] === 1 && this.state.port.guest.interruptible(this.state, vcpu);
    if (ready) return this.later(vcpu, Kind.resume, 0, Phase.handler);
    if (this.nmis.comes(vcpu)) return this.later(vcpu, Kind.nmi, 0, Phase.handler);
    if (this.claimed[vcpu] === 1 || this.queues.hasOwn(vcpu)) return this.later(vcpu, Kind.resume, 0, Phase.dispatch);
    this.agenda.remove(vcpu);
  }

  /** The task computes, unless its mask is due to change, its time slice is over, or it has ended. */
  private planTask(vcpu: number, task: number): void {
    const masked = this.state.cells[this.state.vcpu(vcpu) + V.mask] !== Mask.interruptFlag;
    if (!this.time.hasCompute(task)) {
      const ns = this.workload.compute(task);
      if (ns === Compute.readOn) {
        this.starved.add(task);
        return this.agenda.remove(vcpu);
      }
      if (ns === Compute.end) this.time.endOffWindow(vcpu);
      if (masked !== this.time.wantsOff(vcpu)) return this.later(vcpu, Kind.mask, 0, Phase.mask);
      if (ns === Compute.end) return this.later(vcpu, Kind.exit, 0, Phase.dispatch);
      this.time.setCompute(task, ns);
    } else if (masked !== this.time.wantsOff(vcpu)) {
      return this.later(vcpu, Kind.mask, 0, Phase.mask);
    }
    if (!masked && this.preempts(vcpu)) return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
    const ns = this.time.begin(vcpu, task, this.nowNs);
    this.agenda.set(vcpu, planCompute, this.nowNs + ns, this.time.duePhase, false);
  }

  /** Round-robin: the slice is over, the task can be preempted, and another can run. A slice without rivals begins anew. */
  private preempts(vcpu: number): boolean {
    if (!this.time.sliceOver(vcpu)) return false;
    const task = this.currentTask(vcpu);
    const pc = this.state.cells[this.state.actor(task) + A.pc];
    if (pc >= Pc.clear || !this.state.port.guest.interruptible(this.state, vcpu)) return false;
    if (this.queues.hasOwn(vcpu) || this.queues.sharedLength > 0) return true;
    this.time.renewSlice(vcpu);
    return false;
  }

  /** Does what the agenda has for a vCPU; true: it is a choice, now filled in. */
  private act(vcpu: number, choice: Float64Array): boolean {
    const plan = this.agenda.plan[vcpu];
    if (plan === planCompute) return this.actInTask(vcpu, choice);
    if (plan === Kind.attempt) return this.attempt(vcpu, choice);
    if (plan === Kind.access) return this.nmiTouch(vcpu, choice);
    if (plan === Kind.halt && !this.state.port.guest.mayHalt(this.state, vcpu)) return this.planAgain(vcpu);
    if (plan === Kind.dispatch) {
      const task = this.queues.pop(vcpu);
      this.claimed[vcpu] = 0;
      if (task === none) return this.planAgain(vcpu);
      const preempted = this.currentTask(vcpu);
      if (preempted >= 0) this.queues.push(preempted);
      this.time.renewSlice(vcpu);
      choice[Row.task] = task;
    }
    if (plan === Kind.mask) choice[Row.value] = this.time.wantsOff(vcpu) ? 0 : Mask.interruptFlag;
    if (plan === Kind.nmi) this.nmis.take(vcpu);
    if (plan === Kind.exit) this.tasksLeft--;
    if (plan === Kind.copy || plan === Kind.park) this.time.chargeSlice(vcpu, this.costs.step);
    return this.choose(plan, vcpu, choice);
  }

  private planAgain(vcpu: number): boolean {
    this.plan(vcpu);
    return false;
  }

  private choose(kind: number, vcpu: number, choice: Float64Array): boolean {
    choice[Row.kind] = kind;
    choice[Row.time] = this.nowNs;
    choice[Row.vcpu] = vcpu;
    this.acted = vcpu;
    return true;
  }

  private chooseOfPage(kind: number, page: number, choice: Float64Array): void {
    choice[Row.kind] = kind;
    choice[Row.time] = this.nowNs;
    setPage(choice, page, 0);
  }

  /** The task's compute time is over, or a timer of its vCPU went off. */
  private actInTask(vcpu: number, choice: Float64Array): boolean {
    const task = this.currentTask(vcpu);
    this.time.settle(vcpu, task, this.nowNs);
    if (this.time.turnWindow(vcpu) || !this.time.computed(task) || this.preempts(vcpu)) return this.planAgain(vcpu);
    if (!this.workload.locate(task)) {
      this.time.clearCompute(task);
      return this.planAgain(vcpu);
    }
    const page = this.workload.page[task];
    const present = this.state.port.host.available(this.state, page);
    if (present && !this.accessesAll) {
      this.finish(vcpu, task, page);
      if (this.scenario.until.accesses !== null && this.accesses >= this.scenario.until.accesses) this.ended = 'until';
      return this.planAgain(vcpu);
    }
    const probability = this.scenario.guest['interrupts-off']?.probability ?? 0;
    if (!present && !this.time.isForced(vcpu) && this.workload.masked(task, probability)) {
      this.time.force(vcpu, true);
      return this.planAgain(vcpu);
    }
    setPage(choice, page, this.workload.offset[task]);
    setGva(choice, this.workload.gvaPage[task], this.workload.offset[task]);
    return this.choose(Kind.access, vcpu, choice);
  }

  private nmiTouch(vcpu: number, choice: Float64Array): boolean {
    const page = this.nmis.page as number;
    if (this.state.port.host.available(this.state, page) && !this.accessesAll) {
      this.nmis.touched(vcpu);
      this.memory.touch(page);
      return this.planAgain(vcpu);
    }
    setPage(choice, page, 0);
    setGva(choice, page, 0);
    return this.choose(Kind.access, vcpu, choice);
  }

  /** The host answers a fault; I/O that takes no time ends before that (R15). */
  private attempt(vcpu: number, choice: Float64Array): boolean {
    const page = this.state.accessPage(this.state.currentActor(vcpu));
    const absent = this.state.pageState(page) === Page.absent;
    if (absent && this.scenario.host.io.start === 'fault' && this.io.takesNoTime(page)) {
      if (this.complete(page, choice)) this.io.passOver(page);
      return true;
    }
    if (absent) this.ioToStart = page;
    this.deliveredToken = 0;
    this.answered++;
    return this.choose(Kind.attempt, vcpu, choice);
  }

  /** The I/O of a page ends, or a page must be evicted first; whether it was the former. */
  private complete(page: number, choice: Float64Array): boolean {
    const result = this.io.result(page);
    const victim = result === 0 ? this.memory.victim() : none;
    if (victim !== none) {
      this.memory.evict(victim);
      this.chooseOfPage(Kind.eviction, victim, choice);
      return false;
    }
    if (result === 0) this.memory.arrive(page);
    choice[Row.result] = result;
    this.chooseOfPage(Kind.completion, page, choice);
    return true;
  }

  /** An access that has faulted, or that was told to the engine, is over. */
  private finishAccess(row: Float64Array): void {
    const page = pageOf(row);
    const vcpu = row[Row.vcpu];
    if (row[Row.fault] !== none) this.memory.unpin(page);
    if (row[Row.task] === none) {
      this.nmis.touched(vcpu);
      if (row[Row.kind] === Kind.retire) this.memory.touch(page);
    } else {
      this.finish(vcpu, row[Row.task], row[Row.kind] === Kind.retire ? page : none);
    }
  }

  /** A task has done an access: of a page, or of none if it was given up. */
  private finish(vcpu: number, task: number, page: number): void {
    if (page !== none) this.memory.touch(page);
    this.time.force(vcpu, false);
    this.time.clearCompute(task);
    this.workload.finish(task);
    this.accesses++;
  }
}

function setPage(choice: Float64Array, page: number, offset: number): void {
  choice[Row.gpaLo] = ((page % (1 << 20)) * 4096 + offset) >>> 0;
  choice[Row.gpaHi] = Math.floor(page / (1 << 20));
}

/** @param page guest-virtual page number, below 2^52 */
function setGva(choice: Float64Array, page: number, offset: number): void {
  choice[Row.gvaLo] = ((page % (1 << 20)) * 4096 + offset) >>> 0;
  choice[Row.gvaHi] = Math.floor(page / (1 << 20));
}
