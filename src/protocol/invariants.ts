/** What must never happen, and what must happen in the end; a trace shows the latter only where no bound is needed. */
export type InvariantClass = 'safety' | 'liveness';

export interface InvariantEntry {
  readonly id: string;
  readonly class: InvariantClass;
  readonly sentence: string;
}

/**
 * The invariants of the proposal's protocol (A. Lutomirski, 2020-04-08) with the default of every point that it leaves
 * open. AL-R1 is its first rule, read as an invariant; the others are numbered as safety (S) and liveness (L).
 */
export const invariantTable = [
  {
    id: 'AL-R1',
    class: 'safety',
    sentence: 'An access faults if its page is absent, in flight or failed, and goes through if the page is present.',
  },
  {
    id: 'AL-S1',
    class: 'safety',
    sentence:
      'Page-not-present is delivered only with IF set, no STI and no MOV SS shadow, the TPR open where it counts, and inuse 0 just before.',
  },
  {
    id: 'AL-S2',
    class: 'safety',
    sentence:
      'Only the host sets inuse, from 0 and to deliver; only the guest clears it, from 1; what the guest copies is what was delivered.',
  },
  {
    id: 'AL-S3',
    class: 'safety',
    sentence:
      'Every resolution is of a token that is allocated and not resolved yet: a token is resolved at most once.',
  },
  {
    id: 'AL-S4',
    class: 'safety',
    sentence: 'No two tokens of a vCPU that are outstanding or unconsumed at the same time are equal.',
  },
  {
    id: 'AL-S5',
    class: 'safety',
    sentence:
      'A vCPU never has more than N tokens outstanding or unconsumed: a token is allocated only while one is free.',
  },
  {
    id: 'AL-S6',
    class: 'safety',
    sentence:
      'A ring holds at most N entries and gives them back unchanged and in order; a guest is killed for an overflow only when its ring is full.',
  },
  {
    id: 'AL-S7',
    class: 'safety',
    sentence:
      'Each ring entry is followed, in the same step of the host, by raising READY on its vCPU, and nothing else raises it; a raise coalesces exactly if one is pending.',
  },
  {
    id: 'AL-S8',
    class: 'safety',
    sentence:
      'READY is taken as a normal interrupt: with IF set, no shadow, the TPR open and no handler that blocks it.',
  },
  {
    id: 'AL-S9',
    class: 'safety',
    sentence:
      'A fault that is not delivered, for the first gate that is shut, has one answer: sleep if the page is not known failed, else recovery where implemented, else log and kill.',
  },
  {
    id: 'AL-S10',
    class: 'safety',
    sentence: 'While the host has a vCPU asleep, nothing of the guest happens on it and nothing is delivered to it.',
  },
  {
    id: 'AL-S11',
    class: 'safety',
    sentence:
      'A token that is resolved before its delivery is delivered all the same, and its task does not stay asleep once the guest has seen both.',
  },
  {
    id: 'AL-S12',
    class: 'safety',
    sentence: 'A resolution says 0 of a page that is present and 1 of a page that has failed, and nothing else.',
  },
  {id: 'AL-S13', class: 'safety', sentence: 'Nothing happens after the guest is killed.'},
  {
    id: 'AL-S14',
    class: 'safety',
    sentence: 'At most one page-not-present handler is under way on a vCPU whose handlers keep IF clear until IRET.',
  },
  {
    id: 'AL-S15',
    class: 'safety',
    sentence:
      'Every allocated token is unresolved, in the ring, or consumed: the guest consumes only what is in the ring.',
  },
  {
    id: 'AL-S16',
    class: 'safety',
    sentence: 'A task that is registered as a sleeper neither runs nor is registered again.',
  },
  {
    id: 'AL-L3',
    class: 'liveness',
    sentence:
      'A consumed token wakes exactly the task that sleeps under it, and no task sleeps under a token that will not be consumed.',
  },
  {
    id: 'AL-L4',
    class: 'liveness',
    sentence: 'An inuse of 1 is cleared: at the end of a run the handler that will do it is still under way.',
  },
  {
    id: 'AL-L5',
    class: 'liveness',
    sentence: 'A vCPU that the host has put to sleep sleeps until its page is ready or has failed, and no longer.',
  },
  {
    id: 'AL-L6',
    class: 'liveness',
    sentence:
      'An access that was told to try again goes through, unless its page was evicted in between; it is not given up.',
  },
] as const satisfies readonly InvariantEntry[];

export type InvariantId = (typeof invariantTable)[number]['id'];

/** How many rules of the proposal a trace can exercise: R1 to R24. */
export const rulesCount = 24;

/** R1 to R24: the rules of the proposal that a trace can exercise; the rest are about its design. */
export type RuleId = `R${number}`;

export const ruleIds: readonly RuleId[] = Array.from({length: rulesCount}, (_, index) => `R${index + 1}` as const);
