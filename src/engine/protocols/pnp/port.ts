import type {RowSink} from '../../../protocol/row.js';
import type {EngineState} from '../../state.js';
import type {GuestPort, HostPort, ProtocolPort} from '../port.js';

/** What the proposal's host does, beyond what the engine asks of it. */
export interface PnpHost extends HostPort {
  /** The first gate that is shut, as a `Reason`, or `none`: page-not-present may be delivered. */
  gate(state: EngineState, vcpu: number): number;
  deliver(state: EngineState, vcpu: number, sink: RowSink): void;
  defer(state: EngineState, vcpu: number, reason: number, sink: RowSink): void;
  /** Allocates a token slot of the vCPU for an actor and returns it. */
  takeToken(state: EngineState, vcpu: number, actor: number): number;
  freeToken(state: EngineState, vcpu: number, slot: number): void;
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

/** The whole protocol. */
export interface PnpPort extends ProtocolPort {
  readonly host: PnpHost;
  readonly guest: GuestPort;
}

/** The host of a state that runs this protocol. */
export function hostOf(state: EngineState): PnpHost {
  return state.port.host as PnpHost;
}
