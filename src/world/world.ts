import {assert} from '../base/assert.js';
import {ApfError} from '../base/errors.js';
import {A, Mode, Page, Status, V} from '../engine/layout.js';
import {pageOf} from '../engine/page-of.js';
import type {EngineState} from '../engine/state.js';
import {Kind} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {type EndReason, Parts} from './parts.js';
import {Performer} from './performer.js';
import {Planner} from './planner.js';
import {reportWaits, type WaitReport} from './stuck.js';
import {VcpuSet} from './vcpu-set.js';
import type {Workload} from './workload.js';

/** What `next` says: a choice is ready; call `readOn` first; call again (a pause for the caller); the run is over. */
export const Next = {choice: 0, readOn: 1, pause: 2, end: 3} as const;

/** Accesses that hit, in a row, after which `next` lets the caller breathe. */
const hitsMax = 65536;

/**
 * The world around the engine: virtual time, the order of work, I/O, page replacement, the guest's scheduler, interrupt
 * masks, NMIs, devices and costs. It answers "the next choice", and learns from the rows what the engine made of it.
 *
 * The way of one choice: `next` takes the earliest entry of I/O and agenda, the caller steps the engine, `observe` sees
 * the rows, and the following `next` first plans anew for the vCPUs that the step touched.
 */
export class World {
  private readonly parts: Parts;
  private readonly planner: Planner;
  private readonly performer: Performer;
  /** vCPUs that the last step touched, beside the one that took it. */
  private readonly touched: VcpuSet;
  /** Token of the last delivery, or hypercall, since the last choice; 0: none. */
  private deliveredToken = 0;

  /** @param accessesAll accesses that hit are choices too */
  constructor(scenario: ResolvedScenario, state: EngineState, workload: Workload, accessesAll: boolean) {
    this.parts = new Parts(scenario, state, workload);
    this.planner = new Planner(this.parts);
    this.performer = new Performer(this.parts, this.planner, accessesAll);
    this.touched = new VcpuSet(scenario.vcpus);
    for (let vcpu = 0; vcpu < scenario.vcpus; vcpu++) this.touched.add(vcpu);
  }

  /** Virtual time, ns. */
  get nowNs(): number {
    return this.parts.nowNs;
  }

  /** Faults that have got their answer. */
  get answered(): number {
    return this.parts.answered;
  }

  /** Accesses that went through or were given up, those that found their page present among them. */
  get accesses(): number {
    return this.parts.accesses;
  }

  /** Why the run is over; null while it is not. */
  get ended(): EndReason | null {
    return this.parts.ended;
  }

  /** Fills in the next choice; the answer is one of `Next`. Allocates nothing in the steady state. */
  next(choice: Float64Array): number {
    this.settle();
    for (let hits = 0; hits < hitsMax; hits++) {
      if (this.parts.ended !== null) return Next.end;
      if (this.parts.starved.size > 0) return Next.readOn;
      const ioNs = this.parts.io.nextNs;
      const vcpuNs = this.parts.agenda.nextNs;
      const atNs = Math.min(ioNs, vcpuNs);
      if (atNs === Number.POSITIVE_INFINITY) return this.end('stuck');
      assert(atNs >= this.parts.nowNs, 'virtual time does not go back');
      const until = this.parts.scenario.until.time;
      const timerNs = Math.min(this.parts.nmis.nextNs, this.parts.devices.nextNs);
      if (until !== null && Math.min(timerNs, atNs) > until) {
        this.parts.nowNs = until;
        return this.end('until');
      }
      if (timerNs <= atNs) {
        this.parts.nowNs = timerNs;
        if (timerNs < this.parts.nmis.nextNs) {
          this.performer.device(choice);
          return Next.choice;
        }
        this.parts.nmis.tick();
        for (let vcpu = 0; vcpu < this.parts.scenario.vcpus; vcpu++) this.planner.nudge(vcpu);
        continue;
      }
      if (atNs > Number.MAX_SAFE_INTEGER) throw timeOver(this.parts.scenario.name);
      this.parts.nowNs = atNs;
      if (ioNs <= vcpuNs) {
        if (this.performer.complete(this.parts.io.nextPage, choice)) this.parts.io.finish();
        return Next.choice;
      }
      if (this.performer.act(this.parts.agenda.nextVcpu, choice)) return Next.choice;
    }
    return Next.pause;
  }

  /** Reads the workloads on that `next` waits for. */
  async readOn(): Promise<void> {
    await this.parts.workload.readOn(this.parts.starved);
    for (const task of [...this.parts.starved].sort((a, b) => a - b)) {
      this.parts.starved.delete(task);
      this.planner.plan(this.parts.state.cells[this.parts.state.actor(task) + A.vcpu]);
    }
  }

  /** Learns from a row that the engine wrote. */
  observe(row: Float64Array): void {
    switch (row[Row.kind]) {
      case Kind.fault:
        this.parts.unanswered[row[Row.vcpu]] = 1;
        return this.parts.memory.pin(pageOf(row));
      case Kind.delivery:
        this.parts.time.force(row[Row.vcpu], false); // a TPR that did not hold it back is the parked task's
        this.deliveredToken = Math.max(0, row[Row.token]);
        return;
      case Kind.hypercall:
        this.deliveredToken = Math.max(0, row[Row.token]);
        return;
      case Kind.raise:
      case Kind.device:
      case Kind.wakeup:
        this.touched.add(row[Row.vcpu]);
        return;
      case Kind.unpark:
        if (this.parts.state.cells[this.parts.state.actor(row[Row.task]) + A.status] === Status.runnable) {
          const home = this.parts.workload.home[row[Row.task]];
          this.parts.queues.push(row[Row.task], home);
          if (home !== none) this.touched.add(home);
        }
        return;
      case Kind.retire:
      case Kind.abandon:
        return this.finishAccess(row);
      case Kind.kill:
        this.parts.ended = 'killed';
        return;
    }
  }

  /** What each vCPU and task waits for, when the run is stuck. */
  waits(): WaitReport[] {
    return reportWaits(this.parts.state);
  }

  private end(reason: EndReason): number {
    this.parts.ended = reason;
    return Next.end;
  }

  /** After a step: starts the I/O it began, checks the ends, and plans anew for whom it touched. */
  private settle(): void {
    const {acted} = this.performer;
    if (acted === none && this.touched.size === 0) return;
    this.performer.acted = none;
    if (this.performer.ioToStart !== none) {
      if (this.parts.state.pageState(this.performer.ioToStart) === Page.inFlight)
        this.parts.io.submit(this.performer.ioToStart, this.parts.nowNs, this.deliveredToken);
      this.performer.ioToStart = none;
    }
    this.deliveredToken = 0;
    const {faults, accesses} = this.parts.scenario.until;
    if (this.parts.ended === null && faults !== null && this.parts.answered >= faults) this.parts.ended = 'until';
    if (this.parts.ended === null && accesses !== null && this.parts.accesses >= accesses) this.parts.ended = 'until';
    if (this.parts.ended === null && this.parts.tasksLeft === 0) this.parts.ended = 'workload';
    if (this.parts.ended !== null) return;
    this.claimShared();
    if (acted !== none) this.planner.plan(acted);
    for (let i = 0; i < this.touched.size; i++) {
      if (this.touched.at(i) !== acted) this.planner.nudge(this.touched.at(i));
    }
    this.touched.clear();
  }

  /** An access that has faulted, or that was told to the engine, is over. */
  private finishAccess(row: Float64Array): void {
    const page = pageOf(row);
    const vcpu = row[Row.vcpu];
    if (row[Row.fault] !== none) this.parts.memory.unpin(page);
    if (row[Row.task] === none) {
      this.parts.nmis.touched(vcpu);
      if (row[Row.kind] === Kind.retire) this.parts.memory.touch(page);
    } else {
      this.parts.finish(vcpu, row[Row.task], row[Row.kind] === Kind.retire ? page : none);
    }
  }

  /** The lowest idle vCPUs get the tasks of the shared queue that no other is about to take. */
  private claimShared(): void {
    let left = this.parts.queues.sharedLength;
    if (left === 0) return;
    for (let vcpu = 0; vcpu < this.parts.scenario.vcpus; vcpu++) {
      if (this.parts.claimed[vcpu] === 0) continue;
      // A vCPU whose NMI handler faulted cannot keep a task from the others.
      if (this.isIdle(vcpu)) left--;
      else this.parts.claimed[vcpu] = 0;
    }
    for (let vcpu = 0; vcpu < this.parts.scenario.vcpus && left > 0; vcpu++) {
      if (this.parts.claimed[vcpu] === 1 || this.parts.queues.hasOwn(vcpu) || !this.isIdle(vcpu)) continue;
      this.parts.claimed[vcpu] = 1;
      this.touched.add(vcpu);
      left--;
    }
  }

  private isIdle(vcpu: number): boolean {
    const v = this.parts.state.vcpu(vcpu);
    const mode = this.parts.state.cells[v + V.mode];
    return this.parts.state.cells[v + V.task] === 0 && (mode === Mode.guest || mode === Mode.halted);
  }
}

function timeOver(name: string): ApfError {
  const message = `${name}: virtual time would pass 2^53 - 1 ns (104 days), found a next event beyond, expected one before`;
  return new ApfError('limit', 'TIME_OVER', message, ['apf record … --set until.time=…']);
}
