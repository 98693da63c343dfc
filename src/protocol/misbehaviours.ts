import type {ProtocolName} from './protocols.js';

/** A fault that a scenario can inject, as data. */
export interface MisbehaviourEntry {
  readonly name: string;
  readonly protocol: ProtocolName;
  readonly party: 'host' | 'guest';
  /** The invariants that find it; the first names it. */
  readonly foundBy: readonly string[];
  readonly meaning: string;
  /** The real bug that it stands for, where there was one. */
  readonly standsFor: string;
}

const pnp: readonly MisbehaviourEntry[] = [
  {
    name: 'double_resolve',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S3', 'AL-S6'],
    meaning: 'A token is resolved twice: two ring entries, one after the other (R13).',
    standsFor: 'none known',
  },
  {
    name: 'resolve_unknown',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S3'],
    meaning: 'Beside a resolution stands another, for the token that the vCPU would be handed next (R13).',
    standsFor:
      "APF_INT: READY injected though page-not-present was not; \"KVM: async_pf: Inject 'page ready' event only if 'page not present' was previously injected\"",
  },
  {
    name: 'lost_resolution',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-L1'],
    meaning: 'The I/O of a token ends, and neither entry nor interrupt tells (R17).',
    standsFor: 'APF_INT: the queue of completed faults cleared as CR0.PG went off, on SMI; ab4e41eb9fab',
  },
  {
    name: 'resolve_never',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-L1'],
    meaning: 'The I/O of a page that was delivered as not present is never begun, and its token forgotten (R13).',
    standsFor: 'none known',
  },
  {
    name: 'lost_interrupt',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S7', 'AL-L2'],
    meaning: 'A ring entry is written and READY not raised (R19).',
    standsFor: 'APF_INT: READY sent to a local APIC that was disabled by software; 2f15d027c05f',
  },
  {
    name: 'ring_overflow',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S5'],
    meaning:
      'Where no token is free, one more than fits the ring is handed out (R8, R14); its entry kills the guest if the ring is full by then (R18).',
    standsFor:
      'PowerPC, RFC v0 of 2021: the check before a page-not-present looks at one slot of the ring, not at the tokens outstanding (20210805072439.501481-5-bharata@linux.ibm.com)',
  },
  {
    name: 'payload_late',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S6'],
    meaning:
      'head is published before the payload of the entry, which the guest reads as it was before: all zero (Q8).',
    standsFor: 'none known',
  },
  {
    name: 'data_late',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S2'],
    meaning: 'inuse is set and the event delivered before the payload, of which the guest reads zeros (Q8).',
    standsFor:
      'like the shared CR2 and reason word before 5.8, which after an NMI were no longer those of the fault being handled ("x86/kvm: Disable KVM_ASYNC_PF_SEND_ALWAYS")',
  },
  {
    name: 'inuse_cleared_by_host',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S2'],
    meaning: 'inuse is cleared as soon as the event is delivered, before the guest has copied the data (R4).',
    standsFor: 'none known',
  },
  {
    name: 'token_reused',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S4', 'AL-S3'],
    meaning: 'A delivery has the token of another that is outstanding or unconsumed on the vCPU (Q9).',
    standsFor: 'none known',
  },
  {
    name: 'failure_hidden',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-S12'],
    meaning: 'A page has failed, and its resolution says to try again (R22).',
    standsFor:
      'KVM ignores the error of get_user_pages and the guest faults for ever ("kvm,x86: Exit to user space in case page fault error", v4, 20200720211359.GF502563@redhat.com)',
  },
  {
    name: 'lost_wakeup',
    protocol: 'pnp',
    party: 'host',
    foundBy: ['AL-L5'],
    meaning: 'A vCPU that sleeps for a page sleeps on when the page is there (R10).',
    standsFor: 'like the missed request to a halted vCPU that 68c35f89d016 looks into',
  },
  {
    name: 'inuse_set_by_guest',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-S2'],
    meaning: 'The page-not-present handler sets inuse as it returns (R3); no event is delivered to the vCPU any more.',
    standsFor: 'none known',
  },
  {
    name: 'inuse_never_cleared',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-L4'],
    meaning: 'The page-not-present handler returns without clearing inuse (Q22); later faults of the vCPU sleep.',
    standsFor: 'none known',
  },
  {
    name: 'inuse_cleared_early',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-S2'],
    meaning: 'The page-not-present handler clears inuse before it copies the data (Q22, before_copy).',
    standsFor:
      'like the reason word before 5.8, which a fault could clobber before it was read (comment removed by "x86/kvm: Sanitize kvm_async_pf_task_wait")',
  },
  {
    name: 'wake_wrong_task',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-L3'],
    meaning:
      'READY makes another task runnable than the one that sleeps under the token, for ever; it takes two parked tasks.',
    standsFor: 'none known',
  },
  {
    name: 'corrupt_ring_index',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-S6'],
    meaning: 'READY leaves a tail that it cannot have reached; the next entry kills the guest (Q24).',
    standsFor: 'none known',
  },
  {
    name: 'early_dropped',
    protocol: 'pnp',
    party: 'guest',
    foundBy: ['AL-L3', 'AL-S11'],
    meaning:
      'A resolution that is consumed before its page-not-present was parked is forgotten (R16); it takes handlers that run with IF set.',
    standsFor: 'none known',
  },
];

const apfInt: readonly MisbehaviourEntry[] = [
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
    foundBy: ['PI-S4'],
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
    foundBy: ['PI-L4'],
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
];

const apfPf: readonly MisbehaviourEntry[] = [
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
    foundBy: ['LG-S1', 'LG-S2', 'LG-S3', 'LG-S8', 'LG-L1'],
    meaning:
      'READY is injected before page-not-present has been read, and overwrites its reason word and CR2: the task sleeps under a token whose READY has come.',
    standsFor:
      'The one reason word: "the pf_reason seems likely to be clobbered", a comment removed by "x86/kvm: Sanitize kvm_async_pf_task_wait" (Linux 5.8).',
  },
];

const ve: readonly MisbehaviourEntry[] = [
  {
    name: 'lost_current',
    protocol: 've',
    party: 'host',
    foundBy: ['VE-S8', 'VE-L1'],
    meaning:
      'The host injects a completion although the guest has not read the one before, for which a task waits: host_current is overwritten, and that task is never woken.',
    standsFor: 'Inferred from the sketch (9 Apr 2020): host_current is one word, and nothing says who empties it.',
  },
  {
    name: 'early_busy_clear',
    protocol: 've',
    party: 'guest',
    foundBy: ['VE-S3'],
    meaning:
      'The #VE handler clears the busy word before its hypercall: an NMI that faults in between overwrites guest_current, and the host reads the wrong entry.',
    standsFor:
      'The hazard for which the sketch has busy = 0 after the hypercall; as an interrupt to the old reason word.',
  },
];

export const misbehaviourTable: readonly MisbehaviourEntry[] = [...pnp, ...apfInt, ...apfPf, ...ve];
