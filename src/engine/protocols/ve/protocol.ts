import type {Protocol} from '../port.js';
import {veBugs} from './bugs.js';
import {ve} from './ve.js';

export const protocol: Protocol = {port: ve, bugs: veBugs};
