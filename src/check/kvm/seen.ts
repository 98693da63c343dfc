import type {InvariantEntry} from '../checker.js';

const sentences = {
  delivery: 'Page-not-present is injected.',
  'interrupts-off': 'A fault finds IF clear or a shadow, and is synchronous.',
  'repeated-fault': 'A second fault on a page that is queued for the vCPU (E19).',
  'no-token': 'A fault finds the queue full, and is synchronous.',
  'queue-full': 'The queue takes its last item.',
  undeliverable: 'An item is queued of which the guest may not be told: not enabled, kernel mode, or a nested guest.',
  'not-injected': 'An item of which the guest was not told is resolved, without READY (B3).',
  early: 'A page is there before the host answers its fault.',
  'known-failed': 'A page known to have failed is accessed again (B8).',
  recovery: 'The guest is told of a failed page by a fault of the recovery mechanism (R12).',
  kill: 'The guest is killed for a failed page (R11).',
  'wake-all': 'READY for all (E28).',
  'ready-pends': 'READY pends while the guest cannot take it.',
  'ready-waits': 'An item is done while a READY before it is not finished.',
  dummy: 'READY finds no sleeper, and leaves a dummy.',
  'halt-page': 'An artificial halt ends because its page is there.',
  'halt-ready': 'An artificial halt ends because another page is there.',
  'halt-interrupt': 'An artificial halt ends for an interrupt.',
  'halt-nmi': 'An artificial halt ends for an NMI.',
} as const;

/** What a run of a Linux protocol may come to or not, and is worth knowing. */
export const seen: readonly InvariantEntry[] = Object.entries(sentences).map(([id, sentence]) => ({
  id,
  class: 'sometimes',
  sentence,
}));
