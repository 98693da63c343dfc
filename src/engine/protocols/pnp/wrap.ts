import type {KindName} from '../../../protocol/kinds.js';
import type {EngineState} from '../../state.js';
import type {GuestPort, GuestStep, ProtocolPort} from '../port.js';
import type {PnpHost} from './port.js';

/* How the bugs of host and guest get between the functions of a port. */

/** The port with some functions of its host replaced; `inner` is the host as it was. */
export function withHost(port: ProtocolPort, replace: (inner: PnpHost) => Partial<PnpHost>): ProtocolPort {
  const inner = port.host as PnpHost;
  return {...port, host: {...inner, ...replace(inner)}};
}

export interface GuestChanges {
  nextStep?: GuestPort['nextStep'];
  steps: Partial<Record<KindName, GuestStep>>;
}

/** The port with some functions and steps of its guest replaced; `inner` is the guest as it was. */
export function withGuest(port: ProtocolPort, replace: (inner: GuestPort) => GuestChanges): ProtocolPort {
  const inner = port.guest;
  const {nextStep = inner.nextStep, steps} = replace(inner);
  return {...port, guest: {...inner, nextStep, steps: {...inner.steps, ...steps}}};
}

/** A step that every guest of this protocol has. */
export function stepOf(guest: GuestPort, name: 'iret' | 'inuse' | 'consume'): GuestStep {
  return guest.steps[name] as GuestStep;
}

/** Cells for a bug to remember what it has done: the port that has them, and where they begin in a state. */
export function withCells(port: ProtocolPort, cells: number): {port: ProtocolPort; first(state: EngineState): number} {
  const sizeBefore = (config: EngineState['config']) => port.own?.(config) ?? {cells: 0, refs: 0};
  return {
    port: {
      ...port,
      own(config) {
        const before = sizeBefore(config);
        return {cells: before.cells + cells, refs: before.refs};
      },
    },
    first: (state) => state.layout.own + sizeBefore(state.config).cells,
  };
}
