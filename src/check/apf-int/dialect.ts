import {Reason} from '../../protocol/reasons.js';
import {Row} from '../../protocol/row.js';
import {onWordByHost} from '../kvm/answer-rules.js';
import type {Dialect} from '../kvm/dialect.js';
import {onLapic, onWordByGuest, takeReady} from '../kvm/guest-rules.js';
import {invariants} from './invariants.js';
import {endStep, onAck, onRaise, onReadyReturns, onResolved, onSlot} from './slot-rules.js';

/** KVM's interrupt-based APF: flags for page-not-present, a slot of one token and an ACK for READY. */
export const apfInt: Dialect = {
  ids: {
    access: 'PI-R1',
    gates: 'PI-S1',
    word: 'PI-S2',
    token: 'PI-S6',
    limit: 'PI-S8',
    dedup: 'PI-S15',
    order: 'PI-S7',
    once: 'PI-S10',
    inject: 'PI-S4',
    read: 'PI-S13',
    taken: 'PI-S12',
    answer: 'PI-S14',
    halt: 'PI-S11',
    held: 'PI-S16',
    killed: 'PI-S17',
    parked: 'PI-S18',
    wake: 'PI-L3',
    refault: 'PI-L4',
    sleepEnds: 'PI-L5',
  },
  invariants,
  tprGatesReady: true,
  rules: {
    flags(model, row) {
      if (row[Row.reason] === Reason.by_host) onWordByHost(model, row);
      else onWordByGuest(model, row);
    },
    slot: onSlot,
    raise: onRaise,
    interrupt: (model, row) => takeReady(model, model.vcpuOf(row)),
    ack: onAck,
    lapic: onLapic,
  },
  onResolved,
  endStep,
  onReadyReturns,
};
