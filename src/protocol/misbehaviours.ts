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
