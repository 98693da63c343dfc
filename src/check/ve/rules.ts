import type {ProtocolRules} from '../checker.js';
import {VeChecker} from './checker.js';
import {invariants} from './invariants.js';

export const rules: ProtocolRules = {invariants, createChecker: (config) => new VeChecker(config)};
