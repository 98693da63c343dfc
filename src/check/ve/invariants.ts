import type {InvariantEntry} from '../checker.js';

/**
 * The invariants of the #VE sketch (T. Gleixner, 2020-04-09). VE-S1 to VE-S8 and VE-L1 are the sketch's own; the others
 * say of it what AL-R1, AL-S9, AL-S12, AL-S13, AL-S16, AL-L4, AL-L5 and AL-L6 say of the proposal. R1 to R27 are rules
 * of the proposal that a run of the sketch can exercise too.
 */
export const invariants: readonly InvariantEntry[] = [
  {
    id: 'VE-R1',
    class: 'always',
    sentence: 'An access faults if its page is absent, in flight or failed, and goes through if the page is present.',
  },
  {
    id: 'VE-S1',
    class: 'always',
    sentence:
      'The hardware delivers #VE only where the suppress bit is clear, and writes the busy word with every delivery and for nothing else.',
  },
  {
    id: 'VE-S2',
    class: 'always',
    sentence: 'A fault that finds the busy word not 0 is a VM exit and suspends the vCPU; it is never #VE.',
  },
  {
    id: 'VE-S3',
    class: 'always',
    sentence:
      'Only the hardware sets the busy word and only the guest clears it, from 1, and after the hypercall of the handler that clears it has returned.',
  },
  {
    id: 'VE-S4',
    class: 'always',
    sentence:
      'The state of an entry goes from NONE to CAN_CONTINUE or SUSPEND_ME, by the host to RESOLVED or FAIL, and back to NONE; the guest is killed for a bad state exactly if there is one.',
  },
  {
    id: 'VE-S5',
    class: 'always',
    sentence:
      'The handler copies what was delivered into the first entry whose active bit is clear, which is clear exactly while its state is NONE; without such an entry the guest is killed.',
  },
  {
    id: 'VE-S6',
    class: 'always',
    sentence:
      'An entry CAN_CONTINUE only if it is not the last of the bitmap and its task can be scheduled: in user mode, with nothing that blocks interrupts, in no NMI; every other is SUSPEND_ME.',
  },
  {
    id: 'VE-S7',
    class: 'always',
    sentence:
      'A vCPU whose handler said SUSPEND_ME of a page that is not ready is suspended; while a vCPU is suspended, nothing of the guest happens on it.',
  },
  {
    id: 'VE-S8',
    class: 'always',
    sentence:
      'The completion interrupt is taken as a normal interrupt, with IF set; at most one host_current is not handled, and the next completion, the oldest, is injected as soon as there is none.',
  },
  {
    id: 'VE-S9',
    class: 'always',
    sentence:
      'A fault that is not delivered, for the first reason that holds, has one answer: suspension if the page is not known failed, else recovery where implemented, else log and kill.',
  },
  {
    id: 'VE-S10',
    class: 'always',
    sentence:
      'An entry is RESOLVED if its page is present and FAIL if it has failed, and nothing else; the guest is told what it is.',
  },
  {id: 'VE-S11', class: 'always', sentence: 'Nothing happens after the guest is killed.'},
  {id: 'VE-S12', class: 'always', sentence: 'A task that waits in its #VE handler neither runs nor waits again.'},
  {
    id: 'VE-L1',
    class: 'eventually',
    sentence:
      'Every entry that CAN_CONTINUE is completed, and the task that waits for it is woken; a task waits exactly as long as its entry is CAN_CONTINUE.',
  },
  {
    id: 'VE-L2',
    class: 'eventually',
    sentence: 'A busy word of 1 is cleared: at the end of a run the handler that will do it is still under way.',
  },
  {
    id: 'VE-L3',
    class: 'eventually',
    sentence: 'A suspended vCPU is suspended until its page is ready or has failed, and no longer.',
  },
  {
    id: 'VE-L4',
    class: 'eventually',
    sentence:
      'An access that was told to try again goes through, unless its page was evicted in between; it is not given up.',
  },
  {id: 'R1', class: 'sometimes', sentence: 'An access of a page that is not available.'},
  {id: 'R10', class: 'sometimes', sentence: 'A vCPU is suspended without #VE.'},
  {id: 'R11', class: 'sometimes', sentence: 'A kill for a failed page.'},
  {id: 'R12', class: 'sometimes', sentence: 'A recovery.'},
  {id: 'R13', class: 'sometimes', sentence: 'An entry is resolved.'},
  {id: 'R14', class: 'sometimes', sentence: 'All N entries are active.'},
  {id: 'R15', class: 'sometimes', sentence: 'A page is ready, or known failed, by the hypercall about it.'},
  {id: 'R16', class: 'sometimes', sentence: 'A task does not wait, for its entry is resolved by then.'},
  {id: 'R20', class: 'sometimes', sentence: 'A completion stays pending, or waits for the one before.'},
  {id: 'R21', class: 'sometimes', sentence: 'A retry after RESOLVED.'},
  {id: 'R22', class: 'sometimes', sentence: 'An access is given up after FAIL.'},
  {id: 'R23', class: 'sometimes', sentence: 'A page known to have failed is accessed again.'},
  {id: 'R27', class: 'sometimes', sentence: '#VE nests: an NMI faults between busy = 0 and the IRET.'},
];
