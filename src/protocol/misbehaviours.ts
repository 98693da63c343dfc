/** A fault that a scenario can inject, as data. */
export interface MisbehaviourEntry {
  readonly name: string;
  readonly protocol: string;
  readonly party: 'host' | 'guest';
  /** The invariants that find it; the first names it. */
  readonly foundBy: readonly string[];
  readonly meaning: string;
  /** The real bug that it stands for, where there was one. */
  readonly standsFor: string;
}

export const misbehaviourTable: readonly MisbehaviourEntry[] = [
  {
    name: 'token_zero',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['PI-S6', 'PI-S3', 'PI-L3'],
    meaning:
      'A token of vCPU 0 is 0, which in the slot means that it is free: READY for it is overwritten by the next one, and its sleeper never wakes.',
    standsFor: '"KVM: x86/mmu: make apf token non-zero to fix bug", 6f3c1fc53d86, Linux 5.17 (B2).',
  },
  {
    name: 'dummy_leak',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['PI-S4', 'LG-S7'],
    meaning:
      'READY is sent for an item whose page-not-present was not injected, as its vCPU was halted instead: the guest keeps a dummy that nobody ever takes.',
    standsFor:
      "\"KVM: async_pf: Inject 'page ready' event only if 'page not present' was previously injected\", Linux 5.8 (B3).",
  },
  {
    name: 'lapic_disabled',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['PI-L2'],
    meaning:
      'The host fills the slot and sends READY although the local APIC of the vCPU is off: the interrupt is not accepted, the slot is never freed, and no READY comes any more.',
    standsFor: '"Properly handle APF vs disabled LAPIC situation", 2f15d027c05f, April 2021 (B4).',
  },
  {
    name: 'queue_cleared',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['PI-L2', 'PI-L3'],
    meaning: 'An SMI toggles CR0.PG, and the host clears the queue and the done list of its vCPU: sleepers never wake.',
    standsFor: '"Don\'t clear async #PF queue when CR0.PG is disabled (e.g. on #SMI)", ab4e41eb9fab (B5).',
  },
  {
    name: 'refault_forever',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['AL-L6'],
    meaning:
      'The host ignores, from then on, that the I/O of a page failed: the task that is told READY faults again, and again, and never goes on.',
    standsFor:
      'The ignored result of get_user_pages, in all kernels so far; "kvm,x86: Exit to user space in case page fault error", July 2020, was not merged (B8).',
  },
  {
    name: 'completed_before_not_present',
    protocol: 'apf-int',
    party: 'host',
    foundBy: ['PI-S10'],
    meaning:
      'The worker runs before page-not-present is injected, so that READY for a token is sent before it; the guest sees nothing wrong.',
    standsFor: 'schedule_work() before kvm_arch_async_page_not_present(), up to Linux 5.8-rc1 (B13).',
  },
  {
    name: 'cr2_clobbered',
    protocol: 'apf-pf',
    party: 'guest',
    foundBy: ['LG-S8', 'LG-L1'],
    meaning:
      'An NMI handler faults before the page-not-present handler has read CR2: the task sleeps under an address as token, for which no READY comes.',
    standsFor:
      'The shared CR2 of #PF and page-not-present; "x86/kvm: Disable KVM_ASYNC_PF_SEND_ALWAYS", March 2020, ed71d0967113a35f670a9625a058b8e6e0b2f104.1583547991.git.luto@kernel.org (B1).',
  },
  {
    name: 'reason_overwritten',
    protocol: 'apf-pf',
    party: 'host',
    foundBy: ['LG-S1', 'LG-S8', 'LG-L1'],
    meaning:
      'READY is injected before page-not-present has been read, and overwrites its reason word and CR2: the task sleeps under a token whose READY has come.',
    standsFor:
      'The one reason word: "the pf_reason seems likely to be clobbered", a comment removed by "x86/kvm: Sanitize kvm_async_pf_task_wait" (Linux 5.8).',
  },
];
