import {pnpGuest} from './guest.js';
import {pnpHost} from './host.js';
import {ownSizes} from './own.js';
import type {PnpPort} from './port.js';

/** The proposal's protocol: a per-vCPU `inuse` slot with interrupt semantics, bounded tokens, a ring of resolutions. */
export const pnp: PnpPort = {host: pnpHost, guest: pnpGuest, own: ownSizes};
