import type {ResolvedScenario} from '../scenario/resolved.js';

/** Periodic interrupts of devices: each time it is time, one to each vCPU, in the order of their numbers. */
export class Devices {
  /** ns; Infinity: never. */
  nextNs: number;
  private readonly every: number;
  private readonly vcpus: number;
  /** The vCPU whose turn is next at this time. */
  private vcpu = 0;

  constructor({guest, vcpus}: ResolvedScenario) {
    this.every = guest.devices?.every ?? Number.POSITIVE_INFINITY;
    this.nextNs = this.every;
    this.vcpus = vcpus;
  }

  /** The vCPU that gets its interrupt now. */
  take(): number {
    const vcpu = this.vcpu;
    this.vcpu = (vcpu + 1) % this.vcpus;
    if (this.vcpu === 0) this.nextNs += this.every;
    return vcpu;
  }
}
