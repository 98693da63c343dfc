import type {InvariantEntry} from '../checker.js';
import {seen} from '../kvm/seen.js';

/**
 * The invariants of KVM's interrupt-based APF (Linux 5.8 and later). PI-S1 to PI-S11 and PI-L1 to PI-L3 are the
 * protocol's own; the others hold for it what AL-R1, AL-S8, LG-S8, AL-S9, LG-S5, AL-S10, AL-S13, AL-S16, AL-L6 and AL-L5
 * hold for others.
 */
export const invariants: readonly InvariantEntry[] = [
  {
    id: 'PI-R1',
    class: 'always',
    sentence:
      'An access faults if its page is absent, in flight or failed, and goes through if it is present; a fault is closed before the next access.',
  },
  {
    id: 'PI-S1',
    class: 'always',
    sentence:
      'Page-not-present is injected only if enabled, with IF set and no shadow, and not into a kernel or a nested guest that did not ask for it.',
  },
  {
    id: 'PI-S2',
    class: 'always',
    sentence:
      'flags is 0 when the host writes it, to inject in the same step: the guest reads and resets it in its handler.',
  },
  {id: 'PI-S3', class: 'always', sentence: 'The token slot is free when the host takes an item from the queue for it.'},
  {
    id: 'PI-S4',
    class: 'always',
    sentence:
      'READY is injected for a wake-all and for what page-not-present was injected for, and for nothing else; no dummy stays.',
  },
  {
    id: 'PI-S5',
    class: 'always',
    sentence: 'READYs injected are at most two more than ACKs; a raise coalesces exactly if one pends.',
  },
  {
    id: 'PI-S6',
    class: 'always',
    sentence:
      'A token is id << 12 | vcpu with the next id, neither 0 nor all ones nor one in use; READY has one that is queued, all ones for a wake-all.',
  },
  {id: 'PI-S7', class: 'always', sentence: 'Items leave the queue of a vCPU in the order in which they were done.'},
  {id: 'PI-S8', class: 'always', sentence: 'An item is queued only while fewer than N are, a wake-all among them.'},
  {id: 'PI-S9', class: 'always', sentence: 'No READY for what was queued before the guest disabled.'},
  {
    id: 'PI-S10',
    class: 'always',
    sentence: 'An item is queued, then its page comes or fails, then it is ready: each once, and in this order.',
  },
  {
    id: 'PI-S11',
    class: 'always',
    sentence:
      'An artificial halt ends for its page, for an item that is done, for an NMI, or for an interrupt that can be taken.',
  },
  {
    id: 'PI-S12',
    class: 'always',
    sentence:
      'READY is taken as a normal interrupt: it pends, IF is set, no shadow, the TPR open and no handler that blocks it.',
  },
  {
    id: 'PI-S13',
    class: 'always',
    sentence: 'The guest reads what the host wrote: the token of its own page-not-present, and that of its READY.',
  },
  {
    id: 'PI-S14',
    class: 'always',
    sentence:
      'An attempt has one answer: page-not-present, a synchronous fault, or the artificial halt, for the first reason that applies.',
  },
  {
    id: 'PI-S15',
    class: 'always',
    sentence: 'A page is queued at most once for a vCPU; a second fault on it is a repeated fault.',
  },
  {
    id: 'PI-S16',
    class: 'always',
    sentence: 'On a vCPU that the host has stopped, or that waits, nothing of the guest happens.',
  },
  {id: 'PI-S17', class: 'always', sentence: 'Nothing happens after the guest is killed.'},
  {
    id: 'PI-S18',
    class: 'always',
    sentence: 'A task runs where it was dispatched; one that is registered as a sleeper neither runs nor sleeps twice.',
  },
  {
    id: 'PI-L1',
    class: 'eventually',
    sentence:
      'The READY handler frees the slot and acknowledges; if something is done by then, the next READY comes before the guest goes on.',
  },
  {
    id: 'PI-L2',
    class: 'eventually',
    sentence:
      'An item that is done is taken from the queue once the LAPIC is enabled, the slot free and the vCPU about to run, and not while the LAPIC is off.',
  },
  {
    id: 'PI-L3',
    class: 'eventually',
    sentence: 'READY wakes exactly who sleeps under its token, a wake-all every sleeper of its vCPU; no task is left.',
  },
  {
    id: 'PI-L4',
    class: 'eventually',
    sentence:
      'An access that was told that its page is there goes through, unless it was evicted; a page known to have failed is not asked for again.',
  },
  {
    id: 'PI-L5',
    class: 'eventually',
    sentence: 'A vCPU that the host has stopped for a page sleeps until it comes or fails; suspended, no shorter.',
  },
  ...seen,
];
