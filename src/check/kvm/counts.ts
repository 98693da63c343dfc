/** Counts over the whole run, each kept apart from the others, so that their identities can fail. */
export class Counts {
  faults = 0;
  /** Faults by the host's first answer. */
  delivered = 0;
  suspended = 0;
  halted = 0;
  killed = 0;
  recovered = 0;
  /** Items queued, and those of them that were wake-alls; items resolved; and lost to a disabling. */
  queued = 0;
  resolved = 0;
  disabled = 0;
  /** READYs injected, taken, and whose token the guest read. */
  injected = 0;
  consumed = 0;
  overwritten = 0;
  /** Sleepers that a READY found, and those that were unparked. */
  woken = 0;
  unparked = 0;
  /** READYs that found no sleeper, and page-not-presents that found such a READY. */
  dummies = 0;
  dummiesTaken = 0;
}
