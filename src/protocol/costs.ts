export type CostName = 'delivery' | 'step' | 'switch' | 'interrupt' | 'hypercall';

export interface CostEntry {
  /** Order of magnitude on an x86 server of 2020 or later, ns of the vCPU's time. */
  readonly realisticNs: number;
  /** What the vCPU does in that time. */
  readonly meaning: string;
  /** Where the number comes from, and how far it can be trusted. */
  readonly source: string;
}

/** What the protocol costs a vCPU: the numbers of `costs: realistic`. Measure your own machine for more than a shape. */
export const costTable: Readonly<Record<CostName, CostEntry>> = {
  delivery: {
    realisticNs: 3000,
    meaning: 'VM exit, the host finds the page absent and hands it to a worker, injection, VM entry.',
    source:
      'Order of magnitude: one vCPU took 340,000 guest faults a second through KVM to userspace and back, 2.9 us each ' +
      '(cover letter of the KVM_CAP_MEM_FAULT_NOWAIT series, http://mail.spinics.net/lists/kvm/msg304774.html).',
  },
  step: {
    realisticNs: 50,
    meaning: 'One step of a guest handler: tens of instructions, and a line of memory that the host wrote.',
    source: 'An estimate, not a measurement: about one cache miss to memory.',
  },
  switch: {
    realisticNs: 1500,
    meaning: 'The guest puts another task on the vCPU.',
    source:
      'Order of magnitude: over a pipe, Linux 6.6 switched threads in 1.1 us and processes in 2.4 us ' +
      '(https://ddumbying.vercel.app/experiments/ctx-switch-overhead).',
  },
  interrupt: {
    realisticNs: 1000,
    meaning: 'The vCPU takes READY: VM exit, injection, VM entry, the EOI.',
    source: 'An estimate from the exit and entry of a hypercall; an interrupt that the hardware posts costs less.',
  },
  hypercall: {
    realisticNs: 1000,
    meaning: 'VM exit and entry, with what the kernel does between.',
    source:
      'Order of magnitude: a KVM_RUN ioctl with one exit took 2,530 cycles under SVM, 1,360 of them about VMRUN, ' +
      'about 1 us at 2.5 GHz (https://lkml.iu.edu/hypermail/linux/kernel/2012.2/00527.html).',
  },
};
