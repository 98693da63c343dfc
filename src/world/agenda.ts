/**
 * What each vCPU does next and when: one entry a vCPU in a heap by time, then phase, then vCPU. The phases are the
 * order of work at one instant (I/O completions come before all of them).
 */
export const Phase = {handler: 0, retry: 1, mask: 2, dispatch: 3, access: 4, halt: 5} as const;

export class Agenda {
  /** Place of each vCPU in the heap; -1: it waits for others. */
  private readonly place: Int32Array;
  private readonly heap: Int32Array;
  private count = 0;
  private readonly time: Float64Array;
  private readonly phase: Uint8Array;
  /** What is to be done: a kind, or one of the world's own plans. */
  readonly plan: Int32Array;
  /** 1: the vCPU is paying for it already, and finishes it first. */
  readonly paid: Uint8Array;

  constructor(vcpus: number) {
    this.place = new Int32Array(vcpus).fill(-1);
    this.heap = new Int32Array(vcpus);
    this.time = new Float64Array(vcpus);
    this.phase = new Uint8Array(vcpus);
    this.plan = new Int32Array(vcpus);
    this.paid = new Uint8Array(vcpus);
  }

  get nextNs(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.time[this.heap[0]];
  }

  get nextVcpu(): number {
    return this.heap[0];
  }

  has(vcpu: number): boolean {
    return this.place[vcpu] >= 0;
  }

  /** Puts a vCPU's next act into the agenda, at a time in ns, in place of the one it had. */
  set(vcpu: number, plan: number, atNs: number, phase: number, paid: boolean): void {
    this.plan[vcpu] = plan;
    this.time[vcpu] = atNs;
    this.phase[vcpu] = phase;
    this.paid[vcpu] = paid ? 1 : 0;
    if (this.place[vcpu] < 0) {
      this.place[vcpu] = this.count;
      this.heap[this.count++] = vcpu;
    }
    this.rise(this.place[vcpu]);
    this.fall(this.place[vcpu]);
  }

  remove(vcpu: number): void {
    const at = this.place[vcpu];
    if (at < 0) return;
    this.place[vcpu] = -1;
    const last = this.heap[--this.count];
    if (last === vcpu) return;
    this.heap[at] = last;
    this.place[last] = at;
    this.rise(at);
    this.fall(this.place[last]);
  }

  private before(a: number, b: number): boolean {
    if (this.time[a] !== this.time[b]) return this.time[a] < this.time[b];
    if (this.phase[a] !== this.phase[b]) return this.phase[a] < this.phase[b];
    return a < b;
  }

  private swap(i: number, j: number): void {
    const kept = this.heap[i];
    this.heap[i] = this.heap[j];
    this.heap[j] = kept;
    this.place[this.heap[i]] = i;
    this.place[kept] = j;
  }

  private rise(from: number): void {
    for (let at = from; at > 0 && this.before(this.heap[at], this.heap[(at - 1) >> 1]); at = (at - 1) >> 1) {
      this.swap(at, (at - 1) >> 1);
    }
  }

  private fall(from: number): void {
    let at = from;
    for (;;) {
      let least = 2 * at + 1;
      if (least >= this.count) return;
      if (least + 1 < this.count && this.before(this.heap[least + 1], this.heap[least])) least++;
      if (!this.before(this.heap[least], this.heap[at])) return;
      this.swap(at, least);
      at = least;
    }
  }
}
