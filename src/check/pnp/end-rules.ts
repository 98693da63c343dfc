import {none} from '../../protocol/row.js';
import {PageState} from '../page-states.js';
import {checkInuse, checkTakenInTime} from './guest-rules.js';
import {type Actor, type Model, nameOf, type Vcpu} from './model.js';
import type {Token} from './scope.js';

/**
 * The end of a run that was not killed: what should have happened by then, and what will never happen any more. What is
 * merely young is no violation, unless nothing could happen any more: then it will be overdue, and `endNs` is Infinity.
 */
export function checkEnd(model: Model, endNs: number): void {
  for (const [number, actor] of model.actors.entries()) checkSleeps(model, number, actor);
  for (const v of model.vcpus) {
    for (const token of v.scope.tokens.values()) checkResolved(model, v, token, endNs);
    checkConsumed(model, v, endNs);
    checkInuse(model, v);
    checkAwake(model, v, endNs);
  }
}

/** L3: nobody sleeps under a token that will not be consumed. */
function checkSleeps(model: Model, number: number, actor: Actor): void {
  const token = actor.sleepsUnder;
  if (token === null || actor.stranded || token.consumeSeq === none) return;
  if (model.vcpus.some((v) => v.unparkDue === token)) return;
  const found = `${nameOf(model, number)} sleeps under token ${token.token} at the end`;
  model.report.violate('AL-L3', `${found}, which is consumed; expected its unpark`, actor.parkSeq, token.consumeSeq);
}

/** L1: the I/O has ended, or should have. */
function checkResolved(model: Model, v: Vcpu, token: Token, endNs: number): void {
  const {config, pages, report} = model;
  if (token.resolutionSeq !== none || token.deliverySeq === none) return;
  const found = `token ${token.token} of vcpu ${v.number} is not resolved at the end`;
  const ended = pages.stateOf(token.page) !== PageState.absent || pages.evictionsOf(token.page) > token.evictionsBefore;
  const ageNs = endNs - token.allocatedNs;
  if (ended) report.violate('AL-L1', `${found}, and the I/O of page ${token.page} is`, token.deliverySeq);
  else if (config.ioMaxNs !== null && ageNs > config.ioMaxNs)
    report.violate('AL-L1', `${found}, ${age(ageNs)}; expected ${config.ioMaxNs} ns at most`, token.deliverySeq);
}

/** L2: READY will come for what is in the ring, and is not left pending. */
function checkConsumed(model: Model, v: Vcpu, endNs: number): void {
  if (v.pending) return checkTakenInTime(model, v, endNs);
  const {scope, readyTarget} = model.config;
  if (v.scope.ring.length === 0 || v.inReady || scope !== 'vcpu' || readyTarget !== 'same') return;
  const found = `${v.scope.ring.length} entries stand in the ring of vcpu ${v.number} at the end`;
  model.report.violate('AL-L2', `${found}, and READY is not pending; expected them consumed`, v.scope.ring.oldest.seq);
}

/** L5: the longest I/O is over. Under `token_free` the page alone wakes nobody (Q2). */
function checkAwake(model: Model, v: Vcpu, endNs: number): void {
  const {ioMaxNs, sleepUntil} = model.config;
  const sleptNs = endNs - v.sleepNs;
  if (v.mode !== 'asleep' || v.sleepPage === none || sleepUntil === 'token_free') return;
  if (ioMaxNs === null || sleptNs <= ioMaxNs) return;
  const found = `vcpu ${v.number} sleeps for page ${v.sleepPage} at the end, ${age(sleptNs)}`;
  model.report.violate('AL-L5', `${found}; expected ${ioMaxNs} ns at most, the longest I/O`, v.sleepSeq);
}

function age(ns: number): string {
  return ns === Number.POSITIVE_INFINITY ? 'and for ever' : `after ${ns} ns`;
}
