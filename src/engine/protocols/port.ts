import type {EngineConfig} from '../../protocol/engine-config.js';
import type {KindName} from '../../protocol/kinds.js';
import type {RowSink} from '../../protocol/row.js';
import type {EngineState} from '../state.js';

/**
 * What the engine asks of a protocol, each function with the rule that it implements. `step` and `enabled` reach a
 * protocol only through this. A protocol's own functions stand beside these in its host and guest (each folder extends
 * the interfaces) and reach one another through `state.port` too, so that a fault can be injected, or a rule broken in
 * a test, by replacing one function.
 */
export interface HostPort {
  /** The hardware answers a fault, and the host learns of it only then: its I/O cannot end before its answer. */
  readonly learnsLate?: boolean;
  /** The page is there, nothing is attempted (R1). */
  available(state: EngineState, page: number): boolean;
  /** The host's answer to a fault: delivery, sleep, kill or recovery. */
  answer(state: EngineState, vcpu: number, sink: RowSink): void;
  /** The I/O of a page has ended: result 0 it is there, 1 it failed. */
  complete(state: EngineState, page: number, result: number, sink: RowSink): void;
  /**
   * An interrupt of a device has become pending on the vCPU, by the row `cause`: where a sleep can be interrupted, the
   * host wakes the vCPU here. A host without such sleeps has no need of it: what pends is served once the vCPU runs.
   */
  interrupted?(state: EngineState, vcpu: number, cause: number, sink: RowSink): void;
  /** The host holds the vCPU in a sleep that an NMI ends; a host without such sleeps has no need of it. */
  sleepsLightly?(state: EngineState, vcpu: number): boolean;
  /** An NMI has come, by the row `cause`: ends such a sleep. */
  wakeForNmi?(state: EngineState, vcpu: number, cause: number, sink: RowSink): void;
}

/** An atomic step of the guest on a vCPU; its first row is the choice. The caller has checked that it is enabled. */
export type GuestStep = (state: EngineState, vcpu: number, sink: RowSink) => void;

export interface GuestPort {
  /** The kind of the vCPU's next forced step, or `none`: it waits for a choice of the world, or the host has it, or it halts. */
  nextStep(state: EngineState, vcpu: number): number;
  /** The vCPU can take an interrupt now, whether or not one is pending (R20). */
  interruptible(state: EngineState, vcpu: number): boolean;
  mayHalt(state: EngineState, vcpu: number): boolean;
  mayResume(state: EngineState, vcpu: number): boolean;
  /** Each step by the kind of its row. */
  readonly steps: Readonly<Partial<Record<KindName, GuestStep>>>;
}

export interface ProtocolPort {
  readonly host: HostPort;
  readonly guest: GuestPort;
  /** Cells and sequence numbers of its own, beyond those of `layout.ts`: how many, from `layout.own` and `layout.refOwn` on. */
  own?(config: EngineConfig): {cells: number; refs: number};
  /** Writes what is not zero at the start. */
  begin?(state: EngineState): void;
}

/** A function that makes one party of a protocol misbehave, once, in a way that has a name. */
export type Bug = (port: ProtocolPort, trigger: Trigger) => ProtocolPort;

/** Tells a bug when it may strike, and keeps in the state that it has. */
export interface Trigger {
  /** The row after which it may strike has been written, and it has not struck. */
  armed(state: EngineState): boolean;
  /** It has struck: writes the row `misbehave`; `actor` is whose fault it is about, or `none`. */
  strike(state: EngineState, vcpu: number, actor: number, sink: RowSink): void;
}

/** What the module `engine/protocols/<protocol>/protocol.ts` exports as `protocol`. */
export interface Protocol {
  readonly port: ProtocolPort;
  /** By name. */
  readonly bugs: Readonly<Record<string, Bug>>;
}
