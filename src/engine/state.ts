import {assert} from '../base/assert.js';
import type {EngineConfig} from '../protocol/engine-config.js';
import {newRow, none} from '../protocol/row.js';
import {A, actorCells, Layout, Mask, Page, pageStateBits, T, tokenCells, V, vcpuCells} from './layout.js';
import type {ProtocolPort} from './protocols/port.js';

const pageStateMask = (1 << pageStateBits) - 1;

/**
 * The whole state of host and guest for one run. Only engine/ writes it, by `put`, which keeps the hash;
 * everyone else reads. Create with `createState`.
 */
export class EngineState {
  readonly layout: Layout;
  readonly cells: Int32Array;
  readonly refs: Float64Array;
  /** The register in which rows go out. */
  readonly row = newRow();
  /** Number of the next row. */
  seq = 0;
  /** Time of the step under way, ns. */
  timeNs = 0;
  private hashLo = 0;
  private hashHi = 0;

  constructor(
    readonly config: EngineConfig,
    readonly port: ProtocolPort,
  ) {
    this.layout = new Layout(config, port.own?.(config) ?? {cells: 0, refs: 0});
    this.cells = new Int32Array(this.layout.cells);
    this.refs = new Float64Array(this.layout.refs).fill(none);
  }

  /** Writes a cell and moves the hash with it. */
  put(index: number, value: number): void {
    const old = this.cells[index];
    if (old === value) return;
    this.hashLo ^= mix(index, old, 0x2c1b3c6d) ^ mix(index, value, 0x2c1b3c6d);
    this.hashHi ^= mix(index, old, 0x297a2d39) ^ mix(index, value, 0x297a2d39);
    this.cells[index] = value;
  }

  /** Hash of all cells, as two unsigned 32-bit words; equal states have equal hashes, whatever way led to them. */
  get hashLow(): number {
    return this.hashLo >>> 0;
  }

  get hashHigh(): number {
    return this.hashHi >>> 0;
  }

  /** A state that goes its own way from here. */
  clone(): EngineState {
    const copy = new EngineState(this.config, this.port);
    copy.cells.set(this.cells);
    copy.refs.set(this.refs);
    copy.seq = this.seq;
    copy.timeNs = this.timeNs;
    copy.hashLo = this.hashLo;
    copy.hashHi = this.hashHi;
    return copy;
  }

  /** Whether host and guest are in the same state; sequence numbers and time do not count. */
  equals(other: EngineState): boolean {
    return (
      this.hashLo === other.hashLo &&
      this.hashHi === other.hashHi &&
      this.cells.every((cell, index) => cell === other.cells[index])
    );
  }

  /** The hash computed anew from the cells: what `put` kept must equal it. */
  hashFromCells(): [low: number, high: number] {
    let low = 0;
    let high = 0;
    for (let index = 0; index < this.cells.length; index++) {
      low ^= mix(index, 0, 0x2c1b3c6d) ^ mix(index, this.cells[index], 0x2c1b3c6d);
      high ^= mix(index, 0, 0x297a2d39) ^ mix(index, this.cells[index], 0x297a2d39);
    }
    return [low >>> 0, high >>> 0];
  }

  get dead(): boolean {
    return this.cells[this.layout.dead] !== 0;
  }

  /** Index of the first cell of a vCPU. */
  vcpu(vcpu: number): number {
    return this.layout.vcpus + vcpu * vcpuCells;
  }

  /** Index of the first cell of an actor. */
  actor(actor: number): number {
    return this.layout.actors + actor * actorCells;
  }

  /** Index of the first cell of a token slot; slots are numbered over all vCPUs. */
  token(slot: number): number {
    return this.layout.tokens + slot * tokenCells;
  }

  /** The actor whose code the vCPU runs: the NMI handler's, or the current task; `none` if neither. */
  currentActor(vcpu: number): number {
    const v = this.vcpu(vcpu);
    return this.cells[v + V.nmi] !== 0 ? this.config.tasks + vcpu : this.cells[v + V.task] - 1;
  }

  /** `Page` state of a page. */
  pageState(page: number): number {
    return this.cells[this.layout.pages + page] & pageStateMask;
  }

  setPageState(page: number, state: number): void {
    const index = this.layout.pages + page;
    this.put(index, (this.cells[index] & ~pageStateMask) | state);
  }

  /** First token slot that waits for the page, +1. */
  pageWaiters(page: number): number {
    return this.cells[this.layout.pages + page] >>> pageStateBits;
  }

  setPageWaiters(page: number, slotPlusOne: number): void {
    const index = this.layout.pages + page;
    this.put(index, (this.cells[index] & pageStateMask) | (slotPlusOne << pageStateBits));
  }

  /** Page of the access that an actor has under way. */
  accessPage(actor: number): number {
    return this.cells[this.actor(actor) + A.page];
  }
}

/** The state at time 0: every vCPU with IF set and nothing to run, every task runnable, every token free. */
export function createState(config: EngineConfig, port: ProtocolPort): EngineState {
  assert(config.vcpus > 0 && config.pages > 0 && config.presentPages <= config.pages, 'engine sizes');
  const state = new EngineState(config, port);
  for (let vcpu = 0; vcpu < config.vcpus; vcpu++) {
    const v = state.vcpu(vcpu);
    state.put(v + V.mask, Mask.interruptFlag);
    if (config.tokens > 0) state.put(v + V.freeSlot, vcpu * config.tokens + 1);
    for (let i = 0; i + 1 < config.tokens; i++) {
      const slot = vcpu * config.tokens + i;
      state.put(state.token(slot) + T.next, slot + 2);
    }
  }
  for (let page = 0; page < config.presentPages; page++) state.setPageState(page, Page.present);
  port.begin?.(state);
  return state;
}

/** What one cell adds to the hash: an avalanche of its place and value (the finalizer's shape is that of MurmurHash3). */
function mix(index: number, value: number, salt: number): number {
  let h = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(value ^ salt, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), salt | 1);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
