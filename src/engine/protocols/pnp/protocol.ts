import type {Protocol} from '../port.js';
import {pnp} from './pnp.js';

export const protocol: Protocol = {port: pnp, bugs: {}};
