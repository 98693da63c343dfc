/** Some vCPUs, each once, in the order in which they came; nothing is allocated after the start. */
export class VcpuSet {
  private readonly members: Int32Array;
  private readonly has: Uint8Array;
  size = 0;

  constructor(vcpus: number) {
    this.members = new Int32Array(vcpus);
    this.has = new Uint8Array(vcpus);
  }

  add(vcpu: number): void {
    if (this.has[vcpu] === 1) return;
    this.has[vcpu] = 1;
    this.members[this.size++] = vcpu;
  }

  at(index: number): number {
    return this.members[index];
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) this.has[this.members[i]] = 0;
    this.size = 0;
  }
}
