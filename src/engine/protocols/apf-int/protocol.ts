import {ownOfKvm} from '../kvm/cells.js';
import type {Protocol, ProtocolPort} from '../port.js';
import {apfIntBugs as bugs} from './bugs.js';
import {apfIntGuest} from './guest.js';
import {apfIntHost} from './host.js';

/** Linux 5.8 and later: page-not-present as #PF, READY as an interrupt with a slot of one token and an ACK. */
export const apfInt: ProtocolPort = {host: apfIntHost, guest: apfIntGuest, own: ownOfKvm};

export const protocol: Protocol = {port: apfInt, bugs};
