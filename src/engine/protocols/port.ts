import type {RowSink} from '../../protocol/row.js';
import type {EngineState} from '../state.js';

/**
 * What a protocol decides and does, function by function, each with the rule that it implements. The engine's `step`
 * reaches a protocol only through this, and a protocol's functions reach one another through it too, so that a fault
 * can be injected, or a rule broken in a test, by replacing one function.
 */
export interface HostPort {
  /** The page is there, nothing is attempted (R1). */
  available(state: EngineState, page: number): boolean;
  /** The first gate that is shut, as a `Reason`, or `none`: page-not-present may be delivered. */
  gate(state: EngineState, vcpu: number): number;
  /** The host's answer to a fault: delivery, sleep, kill or recovery. */
  answer(state: EngineState, vcpu: number, sink: RowSink): void;
  deliver(state: EngineState, vcpu: number, sink: RowSink): void;
  defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void;
  /** Allocates a token slot of the vCPU for an actor and returns it. */
  takeToken(state: EngineState, vcpu: number, actor: number): number;
  freeToken(state: EngineState, vcpu: number, slot: number): void;
  /** The I/O of a page has ended: result 0 it is there, 1 it failed. */
  complete(state: EngineState, page: number, result: number, sink: RowSink): void;
  resolve(state: EngineState, vcpu: number, slot: number, result: number, cause: number, sink: RowSink): void;
  raise(state: EngineState, vcpu: number, fault: number, cause: number, sink: RowSink): void;
  /** `token` is that of the resolution that found no room, or `none`. */
  kill(
    state: EngineState,
    vcpu: number,
    actor: number,
    reason: number,
    token: number,
    cause: number,
    sink: RowSink,
  ): void;
}

export interface GuestPort {
  /** The kind of the vCPU's next forced step, or `none` when it waits for a choice of the world. */
  nextStep(state: EngineState, vcpu: number): number;
  /** The vCPU can take an interrupt now, whether or not one is pending (R20). */
  interruptible(state: EngineState, vcpu: number): boolean;
  mayHalt(state: EngineState, vcpu: number): boolean;
  mayResume(state: EngineState, vcpu: number): boolean;
  /** Each takes the step of its name; the caller has checked that it is enabled. */
  copy(state: EngineState, vcpu: number, sink: RowSink): void;
  park(state: EngineState, vcpu: number, sink: RowSink): void;
  clear(state: EngineState, vcpu: number, sink: RowSink): void;
  iret(state: EngineState, vcpu: number, sink: RowSink): void;
  interrupt(state: EngineState, vcpu: number, sink: RowSink): void;
  consume(state: EngineState, vcpu: number, sink: RowSink): void;
  unpark(state: EngineState, vcpu: number, sink: RowSink): void;
  halt(state: EngineState, vcpu: number, sink: RowSink): void;
  resume(state: EngineState, vcpu: number, sink: RowSink): void;
  retry(state: EngineState, vcpu: number, sink: RowSink): void;
  abandon(state: EngineState, vcpu: number, sink: RowSink): void;
}

export interface ProtocolPort {
  readonly host: HostPort;
  readonly guest: GuestPort;
}
