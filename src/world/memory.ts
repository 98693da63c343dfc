import {below, highWord, lowWord, random32} from '../base/random.js';
import {none} from '../protocol/row.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {Stream} from './streams.js';

/**
 * Host memory: which pages are resident, in which order they would go, and which may not go. The order is a list
 * through the pages, next victim first; `lru` moves a page to its end at each use, `clock` at its second chance,
 * `fifo` never. `random` draws from an array of the resident pages.
 *
 * A page is pinned from a fault on it to the fault's last retry, so that it is no victim in between.
 */
export class Memory {
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly pins: Uint32Array;
  /** clock: referenced since the hand passed. */
  private readonly referenced: Uint8Array;
  /** random: the resident pages, and where each stands. */
  private readonly pages: Int32Array;
  private readonly place: Int32Array;
  private first = none;
  private last = none;
  private residentPages = 0;
  private evictions = 0;
  private readonly capacity: number;
  private readonly policy: ResolvedScenario['host']['memory']['replacement'];
  private readonly seedLo: number;
  private readonly seedHi: number;

  constructor(scenario: ResolvedScenario, presentPages: number) {
    const {pages, resident, replacement} = scenario.host.memory;
    this.capacity = resident;
    this.policy = replacement;
    this.seedLo = lowWord(scenario.seed);
    this.seedHi = highWord(scenario.seed);
    this.pins = new Uint32Array(pages);
    // With room for every page nothing is ever evicted, and no order is kept.
    const kept = resident < pages ? pages : 0;
    const drawn = replacement === 'random' ? kept : 0;
    this.next = new Int32Array(kept - drawn);
    this.previous = new Int32Array(kept - drawn);
    this.referenced = new Uint8Array(replacement === 'clock' ? kept : 0);
    this.pages = new Int32Array(drawn);
    this.place = new Int32Array(drawn);
    for (let page = 0; page < presentPages; page++) this.arrive(page);
  }

  pin(page: number): void {
    this.pins[page]++;
  }

  unpin(page: number): void {
    this.pins[page]--;
  }

  /** A page comes in. */
  arrive(page: number): void {
    if (this.policy !== 'random') {
      if (this.next.length > 0) this.append(page);
    } else if (this.pages.length > 0) {
      this.pages[this.residentPages] = page;
      this.place[page] = this.residentPages;
    }
    this.residentPages++;
  }

  /** A resident page is used. */
  touch(page: number): void {
    if (this.policy === 'clock') {
      if (this.referenced.length > 0) this.referenced[page] = 1;
    } else if (this.policy === 'lru' && this.next.length > 0 && this.last !== page) {
      this.unlink(page);
      this.append(page);
    }
  }

  /** The page that must go before another can come in, or `none`: there is room, or every page is pinned. */
  victim(): number {
    if (this.residentPages < this.capacity) return none;
    if (this.policy === 'random') return this.randomVictim();
    if (this.policy === 'clock') return this.clockVictim();
    let page = this.first;
    while (page !== none && this.pins[page] > 0) page = this.next[page];
    return page;
  }

  /** A page leaves. */
  evict(page: number): void {
    this.evictions++;
    this.residentPages--;
    if (this.policy === 'random') {
      const moved = this.pages[this.residentPages];
      this.pages[this.place[page]] = moved;
      this.place[moved] = this.place[page];
    } else {
      this.unlink(page);
    }
  }

  private randomVictim(): number {
    const count = this.residentPages;
    const start = below(random32(this.seedLo, this.seedHi, Stream.eviction, this.evictions, 0), count);
    for (let i = 0; i < count; i++) {
      const page = this.pages[(start + i) % count];
      if (this.pins[page] === 0) return page;
    }
    return none;
  }

  /** The hand is the list's beginning: a page used since it passed goes to the end, its mark wiped. */
  private clockVictim(): number {
    for (let steps = 2 * this.residentPages; steps > 0; steps--) {
      const page = this.first;
      if (this.referenced[page] === 0 && this.pins[page] === 0) return page;
      this.referenced[page] = 0;
      if (this.first !== this.last) {
        this.unlink(page);
        this.append(page);
      }
    }
    return none;
  }

  private append(page: number): void {
    this.previous[page] = this.last;
    this.next[page] = none;
    if (this.last === none) this.first = page;
    else this.next[this.last] = page;
    this.last = page;
  }

  private unlink(page: number): void {
    const before = this.previous[page];
    const after = this.next[page];
    if (before === none) this.first = after;
    else this.next[before] = after;
    if (after === none) this.last = before;
    else this.previous[after] = before;
  }
}
