import type {ProtocolPort} from '../port.js';
import {pnpGuest} from './guest.js';
import {pnpHost} from './host.js';

/** The proposal's protocol: a per-vCPU `inuse` slot with interrupt semantics, bounded tokens, a ring of resolutions. */
export const pnp: ProtocolPort = {host: pnpHost, guest: pnpGuest};
