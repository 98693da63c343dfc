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

export const misbehaviourTable: readonly MisbehaviourEntry[] = [];
