/** How long the loop stays awake after a call. Unit: ms. */
const awakeMs = 0.5;

/**
 * Keeps the event loop from falling asleep between calls that follow one another closely. DuckDB asks from a thread of its
 * own for 2048 rows at a time; to wake a loop that waits takes several times as long as to give them.
 */
export class Wakefulness {
  private untilMs = 0;
  private isAwake = false;

  /** A call has come; another may come soon. */
  expectMore(): void {
    this.untilMs = performance.now() + awakeMs;
    if (this.isAwake) return;
    this.isAwake = true;
    setImmediate(this.turn);
  }

  /** No further call comes. */
  expectNone(): void {
    this.untilMs = 0;
  }

  private readonly turn = (): void => {
    this.isAwake = performance.now() < this.untilMs;
    if (this.isAwake) setImmediate(this.turn);
  };
}
