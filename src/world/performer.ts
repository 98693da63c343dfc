import {A, Mask, Page, Pc} from '../engine/layout.js';
import {Kind} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';
import {type Parts, planCompute, planStep} from './parts.js';
import type {Planner} from './planner.js';

/** What holds interrupts off, as the value of a `mask` row. */
const offMasks = {
  if: 0,
  sti: Mask.interruptFlag | Mask.stiShadow,
  movss: Mask.interruptFlag | Mask.movssShadow,
  tpr: Mask.interruptFlag | Mask.tpr,
} as const;

/** Carries out what the agenda has for a vCPU, and what I/O has: fills in the choice. */
export class Performer {
  /** The vCPU whose choice was filled in last; `none`: no vCPU's. */
  acted: number = none;
  /** The page whose I/O the attempt under way starts unless the engine says otherwise; `none`: no page's. */
  ioToStart: number = none;
  private readonly offMask: number;

  constructor(
    private readonly parts: Parts,
    private readonly planner: Planner,
    private readonly accessesAll: boolean,
  ) {
    this.offMask = offMasks[parts.scenario.guest['interrupts-off']?.by ?? 'if'];
  }

  /** Does what the agenda has for a vCPU; true: it is a choice, now filled in. */
  act(vcpu: number, choice: Float64Array): boolean {
    const plan = this.parts.agenda.plan[vcpu];
    if (plan === planCompute) return this.actInTask(vcpu, choice);
    if (plan === planStep) return this.actInHandler(vcpu, choice);
    if (plan === Kind.attempt) return this.attempt(vcpu, choice);
    if (plan === Kind.access) return this.nmiTouch(vcpu, choice);
    if (plan === Kind.halt && !this.parts.state.port.guest.mayHalt(this.parts.state, vcpu)) return this.planAgain(vcpu);
    if (plan === Kind.dispatch) {
      const task = this.parts.queues.pop(vcpu);
      this.parts.claimed[vcpu] = 0;
      if (task === none) return this.planAgain(vcpu);
      const preempted = this.parts.currentTask(vcpu);
      if (preempted >= 0) this.requeue(vcpu, preempted);
      this.parts.time.renewSlice(vcpu);
      choice[Row.task] = task;
    }
    if (plan === Kind.mask) choice[Row.value] = this.parts.time.wantsOff(vcpu) ? this.offMask : Mask.interruptFlag;
    if (plan === Kind.nmi) this.parts.nmis.take(vcpu);
    if (plan === Kind.exit) this.parts.tasksLeft--;
    return this.choose(plan, vcpu, choice);
  }

  /** A preempted task that is in its page-not-present handler stays on its vCPU, whose data it reads. */
  private requeue(vcpu: number, task: number): void {
    const inHandler = this.parts.state.cells[this.parts.state.actor(task) + A.pc] !== Pc.none;
    this.parts.queues.push(task, inHandler ? vcpu : this.parts.workload.home[task]);
  }

  private planAgain(vcpu: number): boolean {
    this.planner.plan(vcpu);
    return false;
  }

  private choose(kind: number, vcpu: number, choice: Float64Array): boolean {
    choice[Row.kind] = kind;
    choice[Row.time] = this.parts.nowNs;
    choice[Row.vcpu] = vcpu;
    this.acted = vcpu;
    return true;
  }

  private chooseOfPage(kind: number, page: number, choice: Float64Array): void {
    choice[Row.kind] = kind;
    choice[Row.time] = this.parts.nowNs;
    setPage(choice, page, 0);
  }

  private actInHandler(vcpu: number, choice: Float64Array): boolean {
    const kind = this.parts.state.port.guest.nextStep(this.parts.state, vcpu);
    const slices = this.parts.state.config.handlerInterrupts && (kind === Kind.copy || kind === Kind.park);
    if (slices) this.parts.time.chargeSlice(vcpu, this.parts.scenario.costs.step);
    return this.choose(kind, vcpu, choice);
  }

  /** The task's compute time is over, or a timer of its vCPU went off. */
  private actInTask(vcpu: number, choice: Float64Array): boolean {
    const task = this.parts.currentTask(vcpu);
    this.parts.time.settle(vcpu, task, this.parts.nowNs);
    if (this.parts.time.turnWindow(vcpu) || !this.parts.time.computed(task) || this.planner.preempts(vcpu))
      return this.planAgain(vcpu);
    if (!this.parts.workload.locate(task)) {
      this.parts.time.clearCompute(task);
      return this.planAgain(vcpu);
    }
    const page = this.parts.workload.page[task];
    const present = this.parts.state.port.host.available(this.parts.state, page);
    if (present && !this.accessesAll) {
      this.parts.finish(vcpu, task, page);
      if (this.parts.scenario.until.accesses !== null && this.parts.accesses >= this.parts.scenario.until.accesses)
        this.parts.ended = 'until';
      return this.planAgain(vcpu);
    }
    const probability = this.parts.scenario.guest['interrupts-off']?.probability ?? 0;
    if (!present && !this.parts.time.isForced(vcpu) && this.parts.workload.masked(task, probability)) {
      this.parts.time.force(vcpu, true);
      return this.planAgain(vcpu);
    }
    setPage(choice, page, this.parts.workload.offset[task]);
    setGva(choice, this.parts.workload.gvaPage[task], this.parts.workload.offset[task]);
    return this.choose(Kind.access, vcpu, choice);
  }

  private nmiTouch(vcpu: number, choice: Float64Array): boolean {
    const page = this.parts.nmis.page as number;
    if (this.parts.state.port.host.available(this.parts.state, page) && !this.accessesAll) {
      this.parts.nmis.touched(vcpu);
      this.parts.memory.touch(page);
      return this.planAgain(vcpu);
    }
    setPage(choice, page, 0);
    setGva(choice, page, 0);
    return this.choose(Kind.access, vcpu, choice);
  }

  /** The host answers a fault; I/O that takes no time ends before that (R15). */
  private attempt(vcpu: number, choice: Float64Array): boolean {
    const page = this.parts.state.accessPage(this.parts.state.currentActor(vcpu));
    const absent = this.parts.state.pageState(page) === Page.absent;
    if (absent && this.parts.scenario.host.io.start === 'fault' && this.parts.io.takesNoTime(page)) {
      if (this.complete(page, choice)) this.parts.io.passOver(page);
      return true;
    }
    if (this.parts.state.pageState(page) !== Page.inFlight) this.ioToStart = page;
    if (this.parts.unanswered[vcpu] === 1) this.parts.answered++;
    this.parts.unanswered[vcpu] = 0;
    return this.choose(Kind.attempt, vcpu, choice);
  }

  /** The I/O of a page ends, or a page must be evicted first; whether it was the former. */
  complete(page: number, choice: Float64Array): boolean {
    const result = this.parts.io.result(page);
    const victim = result === 0 ? this.parts.memory.victim() : none;
    if (victim !== none) {
      this.parts.memory.evict(victim);
      this.chooseOfPage(Kind.eviction, victim, choice);
      return false;
    }
    if (result === 0) this.parts.memory.arrive(page);
    choice[Row.result] = result;
    this.chooseOfPage(Kind.completion, page, choice);
    return true;
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
