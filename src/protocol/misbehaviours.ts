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

export const misbehaviourTable: readonly MisbehaviourEntry[] = [...pnp];
