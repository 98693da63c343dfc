import type {ProtocolRules} from '../checker.js';
import {KvmChecker} from '../kvm/checker.js';
import {apfPf} from './dialect.js';

export const rules: ProtocolRules = {
  invariants: apfPf.invariants,
  createChecker: (config) => new KvmChecker(config, apfPf),
};
