import {none} from '../../protocol/row.js';
import {timeStates} from '../accounting.js';
import type {Identity} from '../report.js';
import type {Model} from './model.js';

/** What is under way at the end of a run, counted from the model. */
function endsOf(model: Model, endNs: number) {
  const ends = {open: 0, uncopied: 0, active: 0, unresolved: 0, queued: 0, unparkDue: 0, age: 0n};
  for (const actor of model.actors) {
    if (actor.fault !== none && !actor.answered) ends.open++;
    if (actor.frame !== null && actor.frame.entry === null) ends.uncopied++;
  }
  for (const v of model.vcpus) {
    ends.active += v.active.size;
    ends.queued += v.queue.length;
    if (v.unparkDue !== null) ends.unparkDue++;
    for (const entry of v.active.values()) {
      if (entry.state !== 'can_continue' && entry.state !== 'suspend_me') continue;
      ends.unresolved++;
      ends.age += BigInt(endNs - entry.toldNs);
    }
  }
  return ends;
}

/** The accounting identities of a run up to its end; call `accounting.close` first. */
export function identitiesOf(model: Model, endNs: number): Identity[] {
  const {accounting: a, counts} = model;
  const ends = endsOf(model, endNs);
  const result = [
    identity(
      'faults',
      'faults = delivered + suspended + killed + recovered + open, by their first answer',
      a.faults,
      a.delivered + a.slept + a.killed + a.recovered + ends.open,
    ),
    identity(
      'deliveries',
      'deliveries = entries taken + handlers without one at the end',
      a.deliveries,
      counts.copies + ends.uncopied,
    ),
    identity('entries', 'entries taken = cleared + active at the end', counts.copies, counts.freed + ends.active),
    identity(
      'resolutions',
      'entries told = resolutions + unresolved at the end',
      counts.told,
      a.resolutions + ends.unresolved,
    ),
    identity(
      'completions',
      'completions queued = injected + queued at the end',
      counts.queued,
      counts.raised + ends.queued,
    ),
    identity(
      'wakeups',
      'unparked = consumed - consumed with nobody to wake - about to be unparked at the end',
      a.unparked,
      a.consumed - a.consumedEarly - ends.unparkDue,
    ),
    identity(
      'little',
      'integral of the unresolved entries over time = sum of their lifetimes, those unresolved up to the end',
      a.outstandingTime.value,
      a.lifetimes.value + ends.age,
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
