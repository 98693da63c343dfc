import type {Protocol} from '../port.js';
import {guestBugs} from './guest-bugs.js';
import {hostBugs} from './host-bugs.js';
import {pnp} from './pnp.js';

export const protocol: Protocol = {port: pnp, bugs: {...hostBugs, ...guestBugs}};
