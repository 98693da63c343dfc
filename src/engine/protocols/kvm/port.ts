import type {RowSink} from '../../../protocol/row.js';
import type {EngineState} from '../../state.js';
import type {HostPort} from '../port.js';

/** What a host of Linux does, beyond what the engine asks of it; the two protocols differ in `rescan`. */
export interface KvmHost extends HostPort {
  /** Why the host cannot try, as a `Reason`: the vCPU could take no interrupt; or `none`. */
  refusal(state: EngineState, vcpu: number): number;
  /** Why page-not-present is not injected for an item that was queued, as a `Reason`; or `none`. */
  undeliverable(state: EngineState, vcpu: number): number;
  /** The next token of the vCPU, as a signed word. */
  takeToken(state: EngineState, vcpu: number, sink: RowSink): number;
  /** Writes the word of the area and injects page-not-present with a token for the current task's fault. */
  deliver(state: EngineState, vcpu: number, token: number, sink: RowSink): void;
  /** READY is due for an item that leaves the done list: its page-not-present was injected. */
  injectsReady(state: EngineState, vcpu: number, slot: number, sink: RowSink): boolean;
  /** A completion kicks the vCPU out of the guest, to look at the done list. */
  kick(state: EngineState, vcpu: number, sink: RowSink): void;
  /** Looks at the done list, and presents what may be presented: at every entry to the guest, and when asked to. */
  rescan(state: EngineState, vcpu: number, sink: RowSink): void;
  /** Something of the done list could be presented. */
  mayDequeue(state: EngineState, vcpu: number, sink: RowSink): boolean;
}

/** The host of a state that runs one of the two. */
export function hostOf(state: EngineState): KvmHost {
  return state.port.host as KvmHost;
}
