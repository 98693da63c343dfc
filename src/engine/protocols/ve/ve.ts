import {veGuest} from './guest.js';
import {veHost} from './host.js';
import {beginPage, ownOf} from './page.js';
import type {VePort} from './port.js';

/** T. Gleixner's sketch: #VE with a busy word, ve_page with N entries, a hypercall, one completion at a time. */
export const ve: VePort = {host: veHost, guest: veGuest, own: ownOf, begin: beginPage};
