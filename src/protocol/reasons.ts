/**
 * The words of the column `reason`: why the host did not deliver, why a guest was killed, who wrote `inuse`, which
 * frame an IRET left, how a vCPU waits. The order is the dictionary of every trace: add at the end only.
 */
export const reasonNames = [
  'interrupts_off',
  'sti_shadow',
  'movss_shadow',
  'tpr',
  'in_use',
  'no_token',
  'known_failed',
  'ring_overflow',
  'by_host',
  'by_guest',
  'early',
  'coalesced',
  'page_not_present',
  'page_ready',
  'nmi',
  'hlt',
  'hypercall',
  'interrupt',
  'task',
  'nested',
  'user_only',
  'repeated_fault',
  'not_enabled',
  'busy',
  'artificial_halt',
  'suspended',
  'wake_all',
  'device',
  'resolution',
  'ring_corrupt',
  'bad_state',
  'can_continue',
  'suspend_me',
] as const;

export type ReasonName = (typeof reasonNames)[number];

/** The number of each reason: its place in `reasonNames`. */
export const Reason = Object.fromEntries(reasonNames.map((name, index) => [name, index])) as Record<ReasonName, number>;
