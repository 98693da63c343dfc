import type {ProtocolRules} from '../checker.js';
import {PnpChecker} from './checker.js';
import {invariants} from './invariants.js';

export const rules: ProtocolRules = {invariants, createChecker: (config) => new PnpChecker(config)};
