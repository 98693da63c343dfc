/** More than there are requests under way. */
const slotCount = 64;
/** A thread that takes so long for one batch, some thousand times what it takes, is given up. Unit: ms. */
const patienceMsDefault = 10_000;

/** What the word of a request says beside its number. */
const phases = 4;
const open = 0;
const claimed = 1;
const good = 2;
const failed = 3;

/**
 * How far each request under way is, in memory that threads share: whoever claims an open one answers it, so that none
 * waits for a thread that has not begun. Numbers of requests count from 0; a slot is used again by a later one, and a
 * thread that still has the earlier one then finds its number gone.
 */
export class RequestSlots {
  private readonly words: Int32Array<SharedArrayBuffer>;

  constructor(
    readonly memory = new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT),
    private readonly patienceMs = patienceMsDefault,
  ) {
    this.words = new Int32Array(memory);
  }

  open(request: number): void {
    Atomics.store(this.words, request % slotCount, word(request, open));
  }

  /** Whether it is the caller's to answer. */
  claim(request: number): boolean {
    return this.change(request, open, claimed);
  }

  /** Tells whoever waits for it. */
  finish(request: number, isGood: boolean): void {
    if (this.change(request, claimed, isGood ? good : failed)) Atomics.notify(this.words, request % slotCount);
  }

  /** Waits for a request that another thread has claimed. Null: that thread does not answer. */
  wait(request: number): boolean | null {
    const slot = request % slotCount;
    const busy = word(request, claimed);
    if (Atomics.wait(this.words, slot, busy, this.patienceMs) === 'timed-out') return null;
    return Atomics.load(this.words, slot) === word(request, good);
  }

  private change(request: number, from: number, to: number): boolean {
    const before = word(request, from);
    return Atomics.compareExchange(this.words, request % slotCount, before, word(request, to)) === before;
  }
}

function word(request: number, phase: number): number {
  return (request * phases + phase) | 0;
}
