/** Turns of the loop for which it stays awake after a call: some half a millisecond. */
const turnsAwake = 500;

/**
 * Keeps the event loop from falling asleep between calls that follow one another closely. DuckDB asks from a thread of its
 * own for 2048 rows at a time; to wake a loop that waits takes several times as long as to give them.
 */
export class Wakefulness {
  private turnsLeft = 0;

  /** A call has come; another may come soon. */
  expectMore(): void {
    const isAsleep = this.turnsLeft <= 0;
    this.turnsLeft = turnsAwake;
    if (isAsleep) setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.turnsLeft--;
    if (this.turnsLeft > 0) setImmediate(this.turn);
  };
}
