import {none} from '../protocol/row.js';

/**
 * The guest's run queues, first in first out: one for each vCPU's pinned tasks and one, the last, for tasks that run
 * anywhere. A vCPU serves its own and the shared one, in the order in which their tasks came.
 */
export class RunQueues {
  private readonly next: Int32Array;
  private readonly arrival: Float64Array;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  private arrivals = 0;
  /** Tasks in the shared queue. */
  sharedLength = 0;

  constructor(
    private readonly vcpus: number,
    tasks: number,
  ) {
    this.next = new Int32Array(tasks);
    this.arrival = new Float64Array(tasks);
    this.head = new Int32Array(vcpus + 1).fill(none);
    this.tail = new Int32Array(vcpus + 1).fill(none);
  }

  /** Puts a task at the tail of a vCPU's own queue, or with `none` of the shared one. */
  push(task: number, vcpu: number): void {
    const queue = vcpu === none ? this.vcpus : vcpu;
    this.next[task] = none;
    this.arrival[task] = this.arrivals++;
    if (this.head[queue] === none) this.head[queue] = task;
    else this.next[this.tail[queue]] = task;
    this.tail[queue] = task;
    if (queue === this.vcpus) this.sharedLength++;
  }

  hasOwn(vcpu: number): boolean {
    return this.head[vcpu] !== none;
  }

  /** Takes the task that has waited longest of those the vCPU may run; `none` if there is none. */
  pop(vcpu: number): number {
    const own = this.head[vcpu];
    const shared = this.head[this.vcpus];
    if (own === none && shared === none) return none;
    const queue = shared === none || (own !== none && this.arrival[own] < this.arrival[shared]) ? vcpu : this.vcpus;
    const task = this.head[queue];
    this.head[queue] = this.next[task];
    if (queue === this.vcpus) this.sharedLength--;
    return task;
  }
}
