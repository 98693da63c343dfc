import {chance, highWord, lowWord, randomWords} from '../base/random.js';
import {compileDistribution, type Sampler} from '../scenario/distribution.js';
import type {ResolvedScenario} from '../scenario/resolved.js';
import {Stream} from './streams.js';

/** Fields of an I/O in the heap. */
const fields = 5;
const Io = {due: 0, start: 1, token: 2, order: 3, page: 4} as const;

/**
 * The host's I/O: latencies, failures, and the channels that serve it. What is in service stands in a heap by the time
 * it ends; ties go by the time it began, then by token (0 for a fault that sleeps), then in the order of submission.
 */
export class IoChannels {
  private heap = new Float64Array(64 * fields);
  private count = 0;
  private order = 0;
  private queue: number[] = [];
  private queueHead = 0;
  private readonly channels: number;
  private readonly latency: Sampler;
  private readonly failing: Set<number>;
  private readonly rate: number;
  /** I/Os so far of each page: its n-th has the same latency whichever protocol runs. */
  private readonly nth: Uint32Array;
  private readonly seedLo: number;
  private readonly seedHi: number;
  private readonly words = new Uint32Array(4);

  constructor(scenario: ResolvedScenario) {
    const {io, failures, memory} = scenario.host;
    this.channels = io.channels === 'unlimited' ? Number.POSITIVE_INFINITY : io.channels;
    this.latency = compileDistribution(io.latency);
    this.failing = new Set(failures.pages);
    this.rate = failures.rate;
    this.nth = new Uint32Array(memory.pages);
    this.seedLo = lowWord(scenario.seed);
    this.seedHi = highWord(scenario.seed);
  }

  /** Time at which the next I/O ends, ns; Infinity if none is in service. */
  get nextNs(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.heap[Io.due];
  }

  /** The page whose I/O ends next. */
  get nextPage(): number {
    return this.heap[Io.page];
  }

  /** I/Os that wait for a channel, or are in service. */
  get outstanding(): number {
    return this.count + (this.queue.length - this.queueHead) / 2;
  }

  /** Whether the page's next I/O would take no time: it ends before the fault that starts it is answered (R15). */
  takesNoTime(page: number): boolean {
    return this.count < this.channels && this.draw(page) === 0;
  }

  /** The I/O of a page ends at once, without a channel. */
  passOver(page: number): void {
    this.nth[page]++;
  }

  /** Result of the page's I/O that ends: 0 the page is there, 1 it failed. */
  result(page: number): number {
    if (this.failing.has(page)) return 1;
    if (this.rate === 0) return 0;
    randomWords(this.seedLo, this.seedHi, Stream.ioFailure, page, this.nth[page], this.words);
    return chance(this.words[0], this.rate) ? 1 : 0;
  }

  /** Submits the I/O of a page at a time, for a fault with a token (0: none). */
  submit(page: number, nowNs: number, token: number): void {
    if (this.count < this.channels) this.start(page, nowNs, token);
    else this.queue.push(page, token);
  }

  /** The I/O that ends next has ended: its channel takes the next one of the queue. */
  finish(): void {
    const now = this.heap[Io.due];
    this.nth[this.heap[Io.page]]++;
    this.count--;
    this.heap.copyWithin(0, this.count * fields, (this.count + 1) * fields);
    this.sink(0);
    if (this.queueHead === this.queue.length) return;
    const [page, token] = [this.queue[this.queueHead], this.queue[this.queueHead + 1]];
    this.queueHead += 2;
    if (this.queueHead > 1024) {
      this.queue.splice(0, this.queueHead);
      this.queueHead = 0;
    }
    this.start(page, now, token);
  }

  private draw(page: number): number {
    randomWords(this.seedLo, this.seedHi, Stream.ioLatency, page, this.nth[page], this.words);
    return this.latency.sample(this.words[0], this.words[1]);
  }

  private start(page: number, nowNs: number, token: number): void {
    if ((this.count + 1) * fields > this.heap.length) {
      const grown = new Float64Array(this.heap.length * 2);
      grown.set(this.heap);
      this.heap = grown;
    }
    const at = this.count * fields;
    this.heap[at + Io.due] = nowNs + this.draw(page);
    this.heap[at + Io.start] = nowNs;
    this.heap[at + Io.token] = token;
    this.heap[at + Io.order] = this.order++;
    this.heap[at + Io.page] = page;
    this.count++;
    this.rise(this.count - 1);
  }

  private before(a: number, b: number): boolean {
    for (let field = 0; field < Io.page; field++) {
      const difference = this.heap[a * fields + field] - this.heap[b * fields + field];
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  private swap(a: number, b: number): void {
    for (let field = 0; field < fields; field++) {
      const kept = this.heap[a * fields + field];
      this.heap[a * fields + field] = this.heap[b * fields + field];
      this.heap[b * fields + field] = kept;
    }
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0 && this.before(at, (at - 1) >> 1)) {
      this.swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      let least = 2 * at + 1;
      if (least >= this.count) return;
      if (least + 1 < this.count && this.before(least + 1, least)) least++;
      if (!this.before(least, at)) return;
      this.swap(at, least);
      at = least;
    }
  }
}
