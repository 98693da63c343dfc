import type {ResolvedScenario} from '../scenario/resolved.js';
import {Phase} from './agenda.js';

/** A compute time that has not been drawn. */
const notDrawn = -1;

/**
 * Where the time of tasks goes, all in ns: what is left of a task's compute time, of its time slice, and of the
 * stretch with interrupts on or off, which is counted in the vCPU's own running time, that is while its tasks compute.
 */
export class TaskTime {
  /** Phase of what is due at the time that `begin` returned. */
  duePhase: number = Phase.access;
  private readonly compute: Float64Array;
  private readonly begun: Float64Array;
  private readonly slice: Float64Array;
  private readonly sliceNs: number;
  /** Running time until interrupts go off, or on again. */
  private readonly window: Float64Array;
  private readonly windowOff: Uint8Array;
  private readonly onNs: number;
  private readonly offNs: number;
  /** 1: interrupts are off for the access under way only. */
  private readonly forced: Uint8Array;

  constructor(scenario: ResolvedScenario, taskCount: number) {
    const {vcpus, guest} = scenario;
    const off = guest['interrupts-off'];
    this.compute = new Float64Array(taskCount).fill(notDrawn);
    this.begun = new Float64Array(vcpus);
    this.sliceNs = guest.scheduler.policy === 'round-robin' ? guest.scheduler.slice : Number.POSITIVE_INFINITY;
    this.slice = new Float64Array(vcpus).fill(this.sliceNs);
    this.offNs = off?.for ?? 0;
    this.onNs = off?.every == null ? Number.POSITIVE_INFINITY : off.every - this.offNs;
    this.window = new Float64Array(vcpus).fill(this.onNs);
    this.windowOff = new Uint8Array(vcpus);
    this.forced = new Uint8Array(vcpus);
  }

  hasCompute(task: number): boolean {
    return this.compute[task] !== notDrawn;
  }

  setCompute(task: number, ns: number): void {
    this.compute[task] = ns;
  }

  clearCompute(task: number): void {
    this.compute[task] = notDrawn;
  }

  /** Whether the task has computed all it wanted to. */
  computed(task: number): boolean {
    return this.compute[task] <= 0;
  }

  /** The task begins to compute; returns ns until its access, the end of its slice or a change of the mask. */
  begin(vcpu: number, task: number, nowNs: number): number {
    this.begun[vcpu] = nowNs;
    let ns = this.compute[task];
    this.duePhase = Phase.access;
    if (this.slice[vcpu] > 0 && this.slice[vcpu] <= ns) {
      ns = this.slice[vcpu];
      this.duePhase = Phase.dispatch;
    }
    if (this.window[vcpu] <= ns) {
      ns = this.window[vcpu];
      this.duePhase = Phase.mask;
    }
    return ns;
  }

  /** Books the time that has passed since `begin`. */
  settle(vcpu: number, task: number, nowNs: number): void {
    const ran = nowNs - this.begun[vcpu];
    this.begun[vcpu] = nowNs;
    this.compute[task] -= ran;
    this.slice[vcpu] -= ran;
    this.window[vcpu] -= ran;
  }

  /** Changes the window if it is time; whether it did. */
  turnWindow(vcpu: number): boolean {
    if (this.window[vcpu] > 0) return false;
    this.windowOff[vcpu] ^= 1;
    this.window[vcpu] = this.windowOff[vcpu] === 1 ? this.offNs : this.onNs;
    return true;
  }

  /** A task does not end with interrupts off: its window ends with it. */
  endOffWindow(vcpu: number): void {
    if (this.windowOff[vcpu] === 0) return;
    this.windowOff[vcpu] = 0;
    this.window[vcpu] = this.onNs;
  }

  isForced(vcpu: number): boolean {
    return this.forced[vcpu] === 1;
  }

  /** Interrupts go off for the access that comes, and on again after it. */
  force(vcpu: number, off: boolean): void {
    this.forced[vcpu] = off ? 1 : 0;
  }

  /** Whether the vCPU's task wants interrupts off now. */
  wantsOff(vcpu: number): boolean {
    return this.windowOff[vcpu] === 1 || this.forced[vcpu] === 1;
  }

  sliceOver(vcpu: number): boolean {
    return this.slice[vcpu] <= 0;
  }

  renewSlice(vcpu: number): void {
    this.slice[vcpu] = this.sliceNs;
  }

  /** A handler step with interrupts on counts as the task's time. */
  chargeSlice(vcpu: number, ns: number): void {
    this.slice[vcpu] -= ns;
  }
}
