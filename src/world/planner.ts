import {A, Access, Mask, Mode, Pc, V} from '../engine/layout.js';
import {Kind} from '../protocol/kinds.js';
import {none} from '../protocol/row.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {Phase} from './agenda.js';
import {type Parts, planCompute, planStep} from './parts.js';
import {Compute} from './workload.js';

/** Decides what a vCPU does next, and from when to when it pays for it, from the state of the engine and the world. */
export class Planner {
  private readonly costs: ResolvedScenario['costs'];

  constructor(private readonly parts: Parts) {
    this.costs = parts.scenario.costs;
  }

  /** Something happened to a vCPU that it did not do itself: it changes its plan, unless it is paying for one already. */
  nudge(vcpu: number): void {
    if (this.parts.agenda.has(vcpu) && this.parts.agenda.paid[vcpu] === 1) return;
    if (this.parts.agenda.has(vcpu) && this.parts.agenda.plan[vcpu] === planCompute)
      this.parts.time.settle(vcpu, this.parts.currentTask(vcpu), this.parts.nowNs);
    this.plan(vcpu);
  }

  private accessOf(vcpu: number): number {
    return this.parts.state.cells[this.parts.state.actor(this.parts.state.currentActor(vcpu)) + A.access];
  }

  private later(vcpu: number, plan: number, costNs: number, phase: number): void {
    this.parts.agenda.set(vcpu, plan, this.parts.nowNs + costNs, phase, costNs > 0);
  }

  /** Decides what a vCPU does next, from its state alone. */
  plan(vcpu: number): void {
    const {cells} = this.parts.state;
    const v = this.parts.state.vcpu(vcpu);
    switch (cells[v + V.mode]) {
      case Mode.exited:
        return this.later(vcpu, Kind.attempt, this.costs.delivery, Phase.handler);
      case Mode.asleep:
        if (this.parts.nmis.comes(vcpu)) return this.later(vcpu, Kind.nmi, 0, Phase.handler);
        return this.parts.agenda.remove(vcpu);
      case Mode.halted:
        return this.planHalted(vcpu);
    }
    const {guest} = this.parts.state.port;
    if (this.parts.nmis.comes(vcpu)) return this.later(vcpu, Kind.nmi, 0, Phase.handler);
    if (this.parts.nmis.isTouching(vcpu) && this.accessOf(vcpu) === Access.none)
      return this.later(vcpu, Kind.access, 0, Phase.retry);
    if (cells[v + V.pending] === 1 && guest.interruptible(this.parts.state, vcpu)) {
      return this.later(vcpu, Kind.interrupt, this.costs.interrupt, Phase.handler);
    }
    const step = guest.nextStep(this.parts.state, vcpu);
    if (step === Kind.retry || step === Kind.abandon) return this.later(vcpu, step, 0, Phase.retry);
    const task = this.parts.currentTask(vcpu);
    if (step !== none) {
      if (task >= 0 && this.preempts(vcpu)) return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
      return this.later(vcpu, planStep, this.costs.step, Phase.handler);
    }
    if (task >= 0) return this.planTask(vcpu, task);
    if (this.parts.claimed[vcpu] === 1 || this.parts.queues.hasOwn(vcpu)) {
      return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
    }
    const suspend = this.parts.scenario.guest.wait === 'hypercall' ? this.costs.hypercall : 0;
    this.later(vcpu, Kind.halt, suspend, Phase.halt);
  }

  private planHalted(vcpu: number): void {
    const v = this.parts.state.vcpu(vcpu);
    const ready =
      this.parts.state.cells[v + V.pending] === 1 && this.parts.state.port.guest.interruptible(this.parts.state, vcpu);
    if (ready) return this.later(vcpu, Kind.resume, 0, Phase.handler);
    if (this.parts.nmis.comes(vcpu)) return this.later(vcpu, Kind.nmi, 0, Phase.handler);
    if (this.parts.claimed[vcpu] === 1 || this.parts.queues.hasOwn(vcpu))
      return this.later(vcpu, Kind.resume, 0, Phase.dispatch);
    this.parts.agenda.remove(vcpu);
  }

  /** The task computes, unless its mask is due to change, its time slice is over, or it has ended. */
  private planTask(vcpu: number, task: number): void {
    const drawn = this.drawCompute(vcpu, task);
    if (drawn === Compute.readOn) {
      this.parts.starved.add(task);
      return this.parts.agenda.remove(vcpu);
    }
    const masked = this.parts.state.cells[this.parts.state.vcpu(vcpu) + V.mask] !== Mask.interruptFlag;
    if (masked !== this.parts.time.wantsOff(vcpu)) return this.later(vcpu, Kind.mask, 0, Phase.mask);
    if (drawn === Compute.end) return this.later(vcpu, Kind.exit, 0, Phase.dispatch);
    if (!masked && this.preempts(vcpu)) return this.later(vcpu, Kind.dispatch, this.costs.switch, Phase.dispatch);
    const ns = this.parts.time.begin(vcpu, task, this.parts.nowNs);
    this.parts.agenda.set(vcpu, planCompute, this.parts.nowNs + ns, this.parts.time.duePhase, false);
  }

  /**
   * Draws the task's compute time, once an access: a trace has then been read on, so that what was drawn is kept
   * whatever the vCPU does first. The answer is one of `Compute`, or not negative: there is a time.
   */
  private drawCompute(vcpu: number, task: number): number {
    if (this.parts.time.hasCompute(task)) return 0;
    const ns = this.parts.workload.compute(task);
    if (ns === Compute.end) this.parts.time.endOffWindow(vcpu);
    else if (ns !== Compute.readOn) this.parts.time.setCompute(task, ns);
    return ns;
  }

  /** Round-robin: the slice is over, the task can be preempted, and another can run. A slice without rivals begins anew. */
  preempts(vcpu: number): boolean {
    if (!this.parts.time.sliceOver(vcpu)) return false;
    const task = this.parts.currentTask(vcpu);
    const pc = this.parts.state.cells[this.parts.state.actor(task) + A.pc];
    if (pc >= Pc.clear || !this.parts.state.port.guest.interruptible(this.parts.state, vcpu)) return false;
    if (this.parts.queues.hasOwn(vcpu) || this.parts.queues.sharedLength > 0) return true;
    this.parts.time.renewSlice(vcpu);
    return false;
  }
}
