/** One entry as the host wrote it. */
export interface RingEntry {
  readonly token: number;
  readonly result: number;
  readonly seq: number;
  /** It stands for no token that was to be resolved. */
  readonly surplus: boolean;
}

/** Consumed entries kept at the front before the rest moves up. */
const slackMax = 1024;

/** The entries of a ring that are not consumed, oldest first. */
export class Ring {
  private entries: RingEntry[] = [];
  private first = 0;

  /** The oldest entry; there must be one. */
  get oldest(): RingEntry {
    return this.entries[this.first];
  }

  /** Takes the oldest entry out; there must be one. */
  takeOldest(): RingEntry {
    const {oldest} = this;
    this.take(oldest.token);
    return oldest;
  }

  get length(): number {
    return this.entries.length - this.first;
  }

  push(entry: RingEntry): void {
    this.entries.push(entry);
  }

  /** Takes the oldest entry with the token out, with the number of older ones before it; null if there is none. */
  take(token: number): {entry: RingEntry; older: number} | null {
    let at = this.first;
    while (at < this.entries.length && this.entries[at].token !== token) at++;
    if (at === this.entries.length) return null;
    const [entry, older] = [this.entries[at], at - this.first];
    if (older > 0) this.entries.splice(at, 1);
    else this.first++;
    if (this.first >= slackMax || this.first === this.entries.length) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
    return {entry, older};
  }
}
