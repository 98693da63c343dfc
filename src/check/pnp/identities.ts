import {none} from '../../protocol/row.js';
import {timeStates} from '../accounting.js';
import type {Identity} from '../report.js';
import type {Model} from './model.js';

/** What is under way at the end of a run, counted from the model. */
interface Ends {
  open: number;
  unresolved: number;
  inRing: number;
  /** Resolved early, their delivery not written yet: a recording may be cut inside a step. */
  committed: number;
  /** Consumed before their page-not-present was parked, which has not come yet. */
  earlyWaiting: number;
  unparkDue: number;
  /** Lifetimes so far of the tokens unresolved, token ns. */
  unresolvedAge: bigint;
}

/** The accounting identities of a run up to its end; call `accounting.close` first. */
export function identitiesOf(model: Model, endNs: number): Identity[] {
  const a = model.accounting;
  const ends = endsOf(model, endNs);
  const result = [
    identity(
      'faults',
      'faults = delivered + slept + killed + recovered + open, by their first answer',
      a.faults,
      a.delivered + a.slept + a.killed + a.recovered + ends.open,
    ),
    identity(
      'deliveries',
      'deliveries - deliveries of a shared token + committed or orphaned = resolutions + unresolved at the end',
      a.deliveries - a.deliveriesShared + ends.committed + a.orphans,
      a.resolutions + ends.unresolved,
    ),
    identity('resolutions', 'resolutions = consumed + in the ring at the end', a.resolutions, a.consumed + ends.inRing),
    identity(
      'wakeups',
      'unparked = consumed - consumed before their parking + sharers parked under them - about to be unparked at the end',
      a.unparked,
      a.consumed - a.consumedEarly + a.sharersConsumed - ends.unparkDue,
    ),
    identity(
      'early',
      'consumed before their parking = not parked for it + orphans + not come to their parking by the end',
      a.consumedEarly,
      a.parkedEarly + a.orphans + ends.earlyWaiting,
    ),
    identity(
      'little',
      'integral of the outstanding tokens over time = sum of their lifetimes, those unresolved up to the end',
      a.outstandingTime.value,
      a.lifetimes.value + ends.unresolvedAge,
    ),
  ];
  for (let vcpu = 0; vcpu < model.config.vcpus; vcpu++) result.push(timeIdentity(model, vcpu, endNs));
  return result;
}

function timeIdentity(model: Model, vcpu: number, endNs: number): Identity {
  const spent = model.accounting.spentOf(vcpu);
  const sum = timeStates.reduce((total, state) => total + spent[state], 0);
  const forward = model.accounting.backward === 0 && timeStates.every((state) => spent[state] >= 0);
  const result = identity(`time of vcpu ${vcpu}`, `${timeStates.join(' + ')} = elapsed, ns`, sum, endNs);
  return {...result, holds: result.holds && forward};
}

function identity(name: string, sentence: string, left: number | bigint, right: number | bigint): Identity {
  return {name, sentence, left: BigInt(left), right: BigInt(right), holds: BigInt(left) === BigInt(right)};
}

function endsOf(model: Model, endNs: number): Ends {
  const ends: Ends = {
    open: 0,
    unresolved: 0,
    inRing: 0,
    committed: 0,
    earlyWaiting: 0,
    unparkDue: 0,
    unresolvedAge: 0n,
  };
  for (const actor of model.actors) if (actor.fault !== none && !actor.answered) ends.open++;
  for (const v of model.vcpus) ends.unparkDue += v.unparkDue?.sleepers.length ?? 0;
  for (const scope of model.scopes) {
    ends.inRing += scope.ring.length;
    for (const token of scope.tokens.values()) {
      if (token.deliverySeq === none) ends.committed++;
      if (token.consumeSeq !== none) ends.earlyWaiting++;
      if (token.resolutionSeq !== none) continue;
      ends.unresolved++;
      ends.unresolvedAge += BigInt(endNs - token.allocatedNs);
    }
  }
  return ends;
}
