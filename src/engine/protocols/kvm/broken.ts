import type {GuestPort, ProtocolPort} from '../port.js';
import type {KvmHost} from './port.js';

/** A protocol of Linux with some functions of its host replaced. */
export function withHost(port: ProtocolPort, broken: (host: KvmHost) => Partial<KvmHost>): ProtocolPort {
  const host = port.host as KvmHost;
  return {...port, host: {...host, ...broken(host)} as KvmHost};
}

/** A protocol of Linux with some steps of its guest replaced. */
export function withSteps(port: ProtocolPort, broken: (steps: GuestPort['steps']) => GuestPort['steps']): ProtocolPort {
  return {...port, guest: {...port.guest, steps: {...port.guest.steps, ...broken(port.guest.steps)}}};
}
