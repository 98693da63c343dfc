import type {RowSink} from '../../../protocol/row.js';
import type {EngineState} from '../../state.js';
import type {GuestPort, HostPort, ProtocolPort} from '../port.js';

/** What the sketch's host, and the hardware below it, do beyond what the engine asks of them. */
export interface VeHost extends HostPort {
  /** The first reason for which the hardware does not convert the EPT violation, as a `Reason`, or `none`: #VE it is. */
  gate(state: EngineState, vcpu: number): number;
  /** The hardware delivers #VE. */
  deliver(state: EngineState, vcpu: number, sink: RowSink): void;
  /** An ordinary VM exit: the host suspends the vCPU. */
  defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void;
  /** The host's half of hypercall_ve; `cause` is the seq of the hypercall. */
  tell(state: EngineState, vcpu: number, cause: number, sink: RowSink): void;
  /** The entry's state becomes RESOLVED or FAIL. */
  resolve(state: EngineState, slot: number, result: number, cause: number, sink: RowSink): void;
  /** The completion of an entry that CAN_CONTINUE is to reach the guest; `cause` is the seq of its resolution. */
  notify(state: EngineState, slot: number, cause: number, sink: RowSink): void;
  /** The guest has handled host_current: the next completion may be injected. */
  handled(state: EngineState, vcpu: number, cause: number, sink: RowSink): void;
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

export interface VePort extends ProtocolPort {
  readonly host: VeHost;
  readonly guest: GuestPort;
}

/** The host of a state that runs this protocol. */
export function hostOf(state: EngineState): VeHost {
  return state.port.host as VeHost;
}
