import {V} from '../engine/layout.js';
import type {EngineState} from '../engine/state.js';
import {none} from '../protocol/row.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {Agenda} from './agenda.js';
import {IoChannels} from './io.js';
import {Memory} from './memory.js';
import {Nmis} from './nmis.js';
import {RunQueues} from './run-queues.js';
import {TaskTime} from './task-time.js';
import type {Workload} from './workload.js';

/** A plan of the agenda that is no kind: the current task computes, until its next access or a timer. */
export const planCompute = -1;

/** A plan: the guest's next handler step, whichever it is once it is paid (a ring entry may have come by then). */
export const planStep = -2;

export type EndReason = 'until' | 'workload' | 'killed' | 'stuck';

/** The parts of the world, and the few facts that planning, acting and observing share. */
export class Parts {
  readonly agenda: Agenda;
  readonly io: IoChannels;
  readonly memory: Memory;
  readonly queues: RunQueues;
  readonly time: TaskTime;
  readonly nmis: Nmis;
  /** 1: the vCPU has been told to dispatch a task of the shared queue. */
  readonly claimed: Uint8Array;
  /** 1: the fault of the vCPU is new; a fault that the host answers anew after a light sleep is not. */
  readonly unanswered: Uint8Array;
  /** Tasks whose workload must be read on. */
  readonly starved = new Set<number>();
  /** Virtual time, ns. */
  nowNs = 0;
  /** Faults that have got their answer; accesses that have gone through or were given up. */
  answered = 0;
  accesses = 0;
  tasksLeft: number;
  ended: EndReason | null = null;

  constructor(
    readonly scenario: ResolvedScenario,
    readonly state: EngineState,
    readonly workload: Workload,
  ) {
    this.agenda = new Agenda(scenario.vcpus);
    this.io = new IoChannels(scenario);
    this.memory = new Memory(scenario, state.config.presentPages);
    this.queues = new RunQueues(scenario.vcpus, workload.taskCount);
    this.time = new TaskTime(scenario, workload.taskCount);
    this.nmis = new Nmis(scenario, state);
    this.claimed = new Uint8Array(scenario.vcpus);
    this.unanswered = new Uint8Array(scenario.vcpus);
    this.tasksLeft = workload.taskCount;
    for (let task = 0; task < workload.taskCount; task++) this.queues.push(task, workload.home[task]);
  }

  /** The task that is current on the vCPU, or `none`. */
  currentTask(vcpu: number): number {
    return this.state.cells[this.state.vcpu(vcpu) + V.task] - 1;
  }

  /** A task has done an access: of a page, or of none if it was given up. */
  finish(vcpu: number, task: number, page: number): void {
    if (page !== none) this.memory.touch(page);
    this.time.force(vcpu, false);
    this.time.clearCompute(task);
    this.workload.finish(task);
    this.accesses++;
  }
}
