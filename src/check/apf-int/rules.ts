import type {ProtocolRules} from '../checker.js';
import {KvmChecker} from '../kvm/checker.js';
import {apfInt} from './dialect.js';

export const rules: ProtocolRules = {
  invariants: apfInt.invariants,
  createChecker: (config) => new KvmChecker(config, apfInt),
};
