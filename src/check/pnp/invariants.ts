import type {InvariantEntry} from '../checker.js';

/**
 * The invariants of the proposal's protocol (A. Lutomirski, 2020-04-08). AL-R1 is its first rule, read as an
 * invariant; the others are numbered as safety (S) and liveness (L). R1 to R24 and R26 are its rules that a run can exercise.
 */
export const invariants: readonly InvariantEntry[] = [
  {
    id: 'AL-R1',
    class: 'always',
    sentence: 'An access faults if its page is absent, in flight or failed, and goes through if the page is present.',
  },
  {
    id: 'AL-S1',
    class: 'always',
    sentence:
      'Page-not-present is delivered only with IF set, no STI and no MOV SS shadow, the TPR open where it counts, and inuse 0 just before.',
  },
  {
    id: 'AL-S2',
    class: 'always',
    sentence:
      'Only the host sets inuse, from 0 and to deliver; only the guest clears it, from 1; what the guest copies is what was delivered.',
  },
  {
    id: 'AL-S3',
    class: 'always',
    sentence:
      'Every resolution is of a token that is allocated and not resolved yet: a token is resolved at most once.',
  },
  {
    id: 'AL-S4',
    class: 'always',
    sentence: 'No two tokens of a vCPU that are outstanding or unconsumed at the same time are equal.',
  },
  {
    id: 'AL-S5',
    class: 'always',
    sentence:
      'A vCPU never has more than N tokens outstanding or unconsumed: a token is allocated only while one is free.',
  },
  {
    id: 'AL-S6',
    class: 'always',
    sentence:
      'A ring holds at most N entries and gives them back unchanged and in order; a guest is killed for an overflow only when its ring is full, and leaves no tail for which it must be.',
  },
  {
    id: 'AL-S7',
    class: 'always',
    sentence:
      'Each ring entry is followed, in the same step of the host, by raising READY on its vCPU, and nothing else raises it; a raise coalesces exactly if one is pending.',
  },
  {
    id: 'AL-S8',
    class: 'always',
    sentence:
      'READY, and what a device sends, is taken as a normal interrupt: with IF set, no shadow, the TPR open and no handler that blocks it.',
  },
  {
    id: 'AL-S9',
    class: 'always',
    sentence:
      'A fault that is not delivered, for the first gate that is shut, has one answer: sleep if the page is not known failed, else recovery where implemented, else log and kill.',
  },
  {
    id: 'AL-S10',
    class: 'always',
    sentence: 'While the host has a vCPU asleep, nothing of the guest happens on it and nothing is delivered to it.',
  },
  {
    id: 'AL-S11',
    class: 'always',
    sentence:
      'A token that is resolved before its delivery is delivered all the same, and its task does not stay asleep once the guest has seen both.',
  },
  {
    id: 'AL-S12',
    class: 'always',
    sentence: 'A resolution says 0 of a page that is present and 1 of a page that has failed, and nothing else.',
  },
  {id: 'AL-S13', class: 'always', sentence: 'Nothing happens after the guest is killed.'},
  {
    id: 'AL-S14',
    class: 'always',
    sentence: 'At most one page-not-present handler is under way on a vCPU whose handlers keep IF clear until IRET.',
  },
  {
    id: 'AL-S15',
    class: 'always',
    sentence:
      'Every allocated token is unresolved, in the ring, or consumed: the guest consumes only what is in the ring.',
  },
  {
    id: 'AL-S16',
    class: 'always',
    sentence: 'A task that is registered as a sleeper neither runs nor is registered again.',
  },
  {
    id: 'AL-L1',
    class: 'eventually',
    sentence:
      'A delivered token is resolved once the I/O of its page has ended, within the longest I/O of the scenario.',
  },
  {
    id: 'AL-L2',
    class: 'eventually',
    sentence:
      'A ring entry is consumed: READY is pending for it or its handler under way, and a vCPU that can take READY does so at once.',
  },
  {
    id: 'AL-L3',
    class: 'eventually',
    sentence:
      'A consumed token wakes exactly the task that sleeps under it, and no task sleeps under a token that will not be consumed.',
  },
  {
    id: 'AL-L4',
    class: 'eventually',
    sentence: 'An inuse of 1 is cleared: the handler that will do it is still under way.',
  },
  {
    id: 'AL-L5',
    class: 'eventually',
    sentence:
      'A vCPU that the host has put to sleep sleeps until its page is ready or has failed, within the longest I/O of the scenario, and no longer.',
  },
  {
    id: 'AL-L6',
    class: 'eventually',
    sentence:
      'An access that was told to try again goes through, unless its page was evicted in between; it is not given up.',
  },
  {
    id: 'AL-R26',
    class: 'always',
    sentence:
      'No interrupt of a device is lost: each is served once, no vCPU begins to wait while one pends that it can take, and of the ways to wait only HLT ends for one.',
  },
  {id: 'R1', class: 'sometimes', sentence: 'An access of a page that is not available.'},
  {id: 'R2', class: 'sometimes', sentence: 'The handler copies what was delivered.'},
  {id: 'R3', class: 'sometimes', sentence: 'The host sets inuse.'},
  {id: 'R4', class: 'sometimes', sentence: 'The guest clears inuse.'},
  {id: 'R5', class: 'sometimes', sentence: 'A deferral for IF or a shadow.'},
  {id: 'R6', class: 'sometimes', sentence: 'The TPR has a say in a decision.'},
  {id: 'R7', class: 'sometimes', sentence: 'A deferral for inuse.'},
  {id: 'R8', class: 'sometimes', sentence: 'A deferral for want of a token.'},
  {id: 'R9', class: 'sometimes', sentence: 'A delivery.'},
  {id: 'R10', class: 'sometimes', sentence: 'A sleep until the page is ready.'},
  {id: 'R11', class: 'sometimes', sentence: 'A kill for a failed page.'},
  {id: 'R12', class: 'sometimes', sentence: 'A recovery.'},
  {id: 'R13', class: 'sometimes', sentence: 'A delivered token is resolved.'},
  {id: 'R14', class: 'sometimes', sentence: 'All N tokens are outstanding.'},
  {id: 'R15', class: 'sometimes', sentence: 'A resolution before its delivery.'},
  {id: 'R16', class: 'sometimes', sentence: 'A task parks whose resolution was consumed before.'},
  {id: 'R17', class: 'sometimes', sentence: 'A ring entry is written.'},
  {id: 'R18', class: 'sometimes', sentence: 'The ring takes its last free entry, or overflows.'},
  {id: 'R19', class: 'sometimes', sentence: 'READY is raised.'},
  {id: 'R20', class: 'sometimes', sentence: 'READY stays pending, or coalesces.'},
  {id: 'R21', class: 'sometimes', sentence: 'A retry after result 0.'},
  {id: 'R22', class: 'sometimes', sentence: 'An access is given up after result 1.'},
  {id: 'R23', class: 'sometimes', sentence: 'A page known to have failed is accessed again.'},
  {id: 'R24', class: 'sometimes', sentence: 'A failed page is accessed without a free token.'},
  {id: 'R26', class: 'sometimes', sentence: 'An interrupt of a device arrives at a vCPU that waits.'},
];
