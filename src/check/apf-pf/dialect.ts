import type {Dialect} from '../kvm/dialect.js';
import {endStep, onDelivery, onInterrupt, onRaise, onReadyReturns, onWord} from './exception-rules.js';
import {invariants} from './invariants.js';

/** KVM's first APF: page-not-present and READY are both #PF, told apart by the reason word, with the token in CR2. */
export const apfPf: Dialect = {
  ids: {
    access: 'LG-R1',
    gates: 'LG-S2',
    word: 'LG-S1',
    token: 'LG-S6',
    limit: 'LG-S4',
    dedup: 'LG-S5',
    order: 'LG-S10',
    once: 'LG-S9',
    inject: 'LG-S7',
    read: 'LG-S8',
    taken: 'LG-S2',
    answer: 'LG-S12',
    halt: 'LG-S11',
    held: 'LG-S13',
    killed: 'LG-S14',
    parked: 'LG-S15',
    wake: 'LG-L1',
    refault: 'LG-L2',
    sleepEnds: 'LG-L3',
  },
  invariants,
  tprGatesReady: false,
  rules: {flags: onWord, delivery: onDelivery, raise: onRaise, interrupt: onInterrupt},
  onResolved() {},
  endStep,
  onReadyReturns,
};
