import type {InvariantEntry} from '../checker.js';
import {seen} from '../kvm/seen.js';

/**
 * The invariants of KVM's first APF (Linux 2.6.38 to 5.7), where page-not-present and READY are both #PF. LG-S1 to LG-S8
 * and LG-L1 are the protocol's own; the others hold for it what AL-R1, PI-S10, PI-S7, PI-S11, AL-S9, AL-S10, AL-S13,
 * AL-S16, AL-L6, AL-L5 and PI-L2 hold for others.
 */
export const invariants: readonly InvariantEntry[] = [
  {
    id: 'LG-R1',
    class: 'always',
    sentence:
      'An access faults if its page is absent, in flight or failed, and goes through if it is present; a fault is closed before the next access.',
  },
  {
    id: 'LG-S1',
    class: 'always',
    sentence:
      'The reason word is 0 when the host writes 1 or 2, to inject in the same step; the guest reads and resets it in its handler.',
  },
  {
    id: 'LG-S2',
    class: 'always',
    sentence:
      'Page-not-present and READY are injected only if interrupts are allowed, page-not-present only if enabled and not into a kernel or a nested guest that did not ask for it.',
  },
  {id: 'LG-S3', class: 'always', sentence: 'Page-not-present and READY are never injected on top of one another.'},
  {id: 'LG-S4', class: 'always', sentence: 'An item is queued only while fewer than N are, a wake-all among them.'},
  {
    id: 'LG-S5',
    class: 'always',
    sentence: 'A page is queued at most once for a vCPU; a second fault on it is a repeated fault.',
  },
  {
    id: 'LG-S6',
    class: 'always',
    sentence:
      'A token is id << 12 | vcpu with the next id, and not one in use; READY has one that is queued, all ones for a wake-all.',
  },
  {
    id: 'LG-S7',
    class: 'always',
    sentence:
      'READY is injected for a wake-all and for what page-not-present was injected for, and for nothing else; no dummy stays.',
  },
  {
    id: 'LG-S8',
    class: 'always',
    sentence:
      'The guest reads CR2 and the reason word of one event: the token of its own page-not-present, or of its READY.',
  },
  {
    id: 'LG-S9',
    class: 'always',
    sentence: 'An item is queued, then its page comes or fails, then it is ready: each once, and in this order.',
  },
  {id: 'LG-S10', class: 'always', sentence: 'Items leave the queue of a vCPU in the order in which they were done.'},
  {
    id: 'LG-S11',
    class: 'always',
    sentence:
      'An artificial halt ends for its page, for an item that is done, for an NMI, or for an interrupt that can be taken.',
  },
  {
    id: 'LG-S12',
    class: 'always',
    sentence:
      'An attempt has one answer: page-not-present, a synchronous fault, or the artificial halt, for the first reason that applies.',
  },
  {
    id: 'LG-S13',
    class: 'always',
    sentence: 'On a vCPU that the host has stopped, or that waits, nothing of the guest happens.',
  },
  {id: 'LG-S14', class: 'always', sentence: 'Nothing happens after the guest is killed.'},
  {
    id: 'LG-S15',
    class: 'always',
    sentence: 'A task runs where it was dispatched; one that is registered as a sleeper neither runs nor sleeps twice.',
  },
  {
    id: 'LG-L1',
    class: 'eventually',
    sentence: 'READY wakes exactly who sleeps under its token, a wake-all every sleeper of its vCPU; no task is left.',
  },
  {
    id: 'LG-L2',
    class: 'eventually',
    sentence:
      'An access that was told that its page is there goes through, unless it was evicted; a page known to have failed is not asked for again.',
  },
  {
    id: 'LG-L3',
    class: 'eventually',
    sentence: 'A vCPU that the host has stopped for a page sleeps until it comes or fails; suspended, no shorter.',
  },
  {
    id: 'LG-L4',
    class: 'eventually',
    sentence: 'READY is asked for when something is done and the vCPU about to run, and not otherwise.',
  },
  ...seen,
];
