import {ownOfKvm} from '../kvm/cells.js';
import type {Protocol, ProtocolPort} from '../port.js';
import {apfPfBugs as bugs} from './bugs.js';
import {apfPfGuest} from './guest.js';
import {apfPfHost} from './host.js';

/** Linux up to 5.7: page-not-present and READY are both #PF, told apart by one word, their token in CR2. */
export const apfPf: ProtocolPort = {host: apfPfHost, guest: apfPfGuest, own: ownOfKvm};

export const protocol: Protocol = {port: apfPf, bugs};
