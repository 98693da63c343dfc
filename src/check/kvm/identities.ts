import {none} from '../../protocol/row.js';
import {timeStates} from '../accounting.js';
import type {Identity} from '../report.js';
import type {Model} from './model.js';

/** The accounting identities of a run up to its end; call `accounting.close` first. */
export function identitiesOf(model: Model, endNs: number): Identity[] {
  const {counts: c, vcpus, accounting} = model;
  const sum = (of: (v: (typeof vcpus)[number]) => number) => vcpus.reduce((total, v) => total + of(v), 0);
  const open = model.actors.filter(({fault, answered}) => fault !== none && !answered).length;
  const result = [
    identity(
      'faults',
      'faults = delivered + suspended + halted + killed + recovered + open, by their first answer',
      c.faults,
      c.delivered + c.suspended + c.halted + c.killed + c.recovered + open,
    ),
    identity(
      'queue',
      'items queued = resolved + forgotten when the guest disabled + queued at the end',
      c.queued,
      c.resolved + c.disabled + sum((v) => v.queued),
    ),
    identity(
      'ready',
      'READYs injected = read by the guest + waiting to be read at the end',
      c.injected,
      c.consumed + sum((v) => (v.ready === null ? 0 : 1)),
    ),
    identity(
      'wakeups',
      'unparked = sleepers found by READY - about to be unparked at the end',
      c.unparked,
      c.woken - sum((v) => v.due.length),
    ),
    identity('dummies', 'dummies = taken by their page-not-present + left at the end', c.dummies, dummiesOf(model)),
    identity(
      'little',
      'integral of the queued items over time = sum of their times in the queue, those unresolved up to the end',
      accounting.outstandingTime.value,
      accounting.lifetimes.value + unresolvedAge(model, endNs),
    ),
  ];
  for (let vcpu = 0; vcpu < model.config.vcpus; vcpu++) result.push(timeIdentity(model, vcpu, endNs));
  return result;
}

function dummiesOf({counts, vcpus}: Model): number {
  return counts.dummiesTaken + vcpus.reduce((total, v) => total + v.dummies.size, 0);
}

function unresolvedAge({vcpus}: Model, endNs: number): bigint {
  let age = 0n;
  for (const v of vcpus) for (const item of v.queue.values()) age += BigInt(endNs - item.queuedNs);
  return age;
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
