import type {EngineConfig} from '../protocol/engine-config.js';

/**
 * Where each thing stands in the state's one array of cells, so that a state is cloned, compared and hashed as an array.
 * Every cell is zero at the start except where `createState` says so; "+1" marks references stored with one added,
 * so that zero means none.
 */

/** Fields of a vCPU. */
export const V = {
  mode: 0,
  /** Task that is current on the vCPU, +1. */
  task: 1,
  /** What blocks interrupts in the task's context, a sum of `Mask` bits. */
  mask: 2,
  /** READY is pending: one bit, so that raises coalesce (Q12). */
  pending: 3,
  /** page_not_present_data, one per vCPU (R2). */
  inuse: 4,
  dataToken: 5,
  dataPage: 6,
  dataOffset: 7,
  dataGvaLo: 8,
  dataGvaHi: 9,
  /** The READY handler: `IrqPc`. */
  irq: 10,
  /** Sleeper that the READY handler is about to unpark, +1, and the result it got. */
  irqActor: 11,
  irqResult: 12,
  /** 1 while an NMI handler runs; further NMIs are blocked until its IRET. */
  nmi: 13,
  /** The token handed out last (Q9). */
  lastToken: 14,
  /** Head of the list of free token slots, +1. */
  freeSlot: 15,
  /** Tokens outstanding or unconsumed. */
  tokensUsed: 16,
  /** Ring indices, free-running u32: the host owns head, the guest owns tail (Q7). */
  head: 17,
  tail: 18,
  /** Tasks parked under a token of this vCPU. */
  parked: 19,
  /** Entries of the early table in use. */
  early: 20,
} as const;
export const vcpuCells = 21;

/** Values of V.mode. */
export const Mode = {guest: 0, exited: 1, asleep: 2, halted: 3} as const;

/** Bits of V.mask and of the value of a `mask` row. */
export const Mask = {interruptFlag: 1, stiShadow: 2, movssShadow: 4, tpr: 8} as const;

/** Values of V.irq: not in the handler; about to read the ring (or to return); about to unpark. */
export const IrqPc = {none: 0, drain: 1, unpark: 2} as const;

/** Fields of an actor: a task, or the NMI handler of a vCPU (actor number tasks + vcpu). */
export const A = {
  status: 0,
  /** The vCPU it runs on, or ran on last. */
  vcpu: 1,
  /** Its page-not-present handler: `Pc`. The frame is on the task's kernel stack. */
  pc: 2,
  /** Token that its handler copied, and under which it is parked. */
  token: 3,
  access: 4,
  page: 5,
  offset: 6,
  gvaLo: 7,
  gvaHi: 8,
  /** Next sleeper of the same bucket, +1. */
  next: 9,
} as const;
export const actorCells = 10;

/** Values of A.status. */
export const Status = {runnable: 0, running: 1, parked: 2, exited: 3} as const;

/** Values of A.pc: the next step of the page-not-present handler. */
export const Pc = {none: 0, copy: 1, park: 2, clear: 3, iret: 4} as const;

/** Values of A.access: none under way; it faulted; it is to be retried; to be given up; to be tried again within its fault. */
export const Access = {none: 0, faulted: 1, retry: 2, abandon: 3, again: 4} as const;

/** Fields of a token slot of the host: the token, who waits under it (+1), and the next slot of the page's waiters or of the free list (+1). */
export const T = {token: 0, actor: 1, next: 2} as const;
export const tokenCells = 3;

/**
 * Fields of a ring entry; `slot` is the host's own note of which token slot a consumed entry frees. That of an entry
 * which only a host that misbehaves writes is `none`: it stands for no token.
 */
export const E = {token: 0, result: 1, slot: 2} as const;
export const entryCells = 3;

/** Fields of the guest's early table: a resolution that came before its page-not-present was parked (R16). */
export const Y = {token: 0, result: 1} as const;
export const earlyCells = 2;

/** A page is one cell: its state in the low two bits, the first waiting token slot (+1) above them. */
export const Page = {absent: 0, inFlight: 1, present: 2, failed: 3} as const;
export const pageStateBits = 2;

/** Buckets of the guest's table of sleepers, per vCPU; a power of two. */
export const sleeperBuckets = 64;

/** Sequence numbers that the rows refer to. They tell the story, they do not decide it: they are not hashed. */
export const RefV = {
  /** The raise that made READY pending. */
  raise: 0,
  /** The interrupt whose handler runs. */
  step: 1,
  /** A completion of the page of the fault that the host is about to answer. */
  completion: 2,
} as const;
export const refVcpuCells = 3;
export const RefA = {fault: 0, cause: 1} as const;
export const refActorCells = 2;

/** First cell of each part of the state, for one configuration. */
export class Layout {
  readonly dead = 0;
  /** vCPUs that the host holds: exited or asleep. */
  readonly held = 1;
  readonly vcpus = 2;
  readonly actors: number;
  readonly tokens: number;
  readonly ring: number;
  readonly buckets: number;
  readonly early: number;
  readonly pages: number;
  readonly cells: number;
  readonly earlyMax: number;
  readonly refActors: number;
  /** Per token slot: its fault; per ring entry: its resolution. */
  readonly refTokens: number;
  readonly refRing: number;
  /** What belongs to one protocol alone, after what all share. */
  readonly own: number;
  readonly refOwn: number;
  /** Per misbehaviour of the scenario: 1 once it has struck. */
  readonly struck: number;
  /** Per actor: 1 if its access is an instruction fetch, of which the guest is not told the virtual address (Q11). */
  readonly fetches: number;
  /** Per vCPU: interrupts of devices that pend; at the end, so that no other cell has another index for them. */
  readonly devices: number;
  /** Per vCPU: the first of those. */
  readonly refDevices: number;
  readonly refs: number;

  constructor(config: EngineConfig, own: {cells: number; refs: number}) {
    const slots = config.vcpus * config.tokens;
    const actors = config.tasks + config.vcpus;
    this.earlyMax = config.tokens + 1 + config.misbehave.length;
    this.actors = this.vcpus + config.vcpus * vcpuCells;
    this.tokens = this.actors + actors * actorCells;
    this.ring = this.tokens + slots * tokenCells;
    this.buckets = this.ring + slots * entryCells;
    this.early = this.buckets + config.vcpus * sleeperBuckets;
    this.pages = this.early + config.vcpus * this.earlyMax * earlyCells;
    this.own = this.pages + config.pages;
    this.struck = this.own + own.cells;
    this.fetches = this.struck + config.misbehave.length;
    this.devices = this.fetches + actors;
    this.cells = this.devices + config.vcpus;
    this.refActors = config.vcpus * refVcpuCells;
    this.refTokens = this.refActors + actors * refActorCells;
    this.refRing = this.refTokens + slots;
    this.refOwn = this.refRing + slots;
    this.refDevices = this.refOwn + own.refs;
    this.refs = this.refDevices + config.vcpus;
  }
}
