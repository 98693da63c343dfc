import {none} from '../../protocol/row.js';
import type {CheckerConfig} from '../config.js';
import {Ring} from './ring.js';

/** A token from its allocation until its ring entry is consumed and its page-not-present parked. */
export interface Token {
  readonly token: number;
  /** The actor whose fault it stands for. */
  readonly actor: number;
  readonly page: number;
  readonly allocatedNs: number;
  /** Evictions of the page by then. */
  readonly evictionsBefore: number;
  /** Seqs; `none` as long as it has not happened. */
  deliverySeq: number;
  resolutionSeq: number;
  consumeSeq: number;
  result: number;
  /** Evictions of the page, at the resolution. */
  evictions: number;
  /** It was resolved before it was delivered (R15). */
  early: boolean;
  /** It was resolved early and its page-not-present turned out undeliverable (Q14). */
  orphan: boolean;
  /** The vCPU whose fault it stands for. */
  readonly vcpu: number;
  /** Actors that are registered as its sleepers: one, or more where faults share a token (Q15). */
  readonly sleepers: number[];
}

/** A ring and its tokens: of a vCPU, or of the machine (Q6). */
export class Scope {
  /** Tokens by number. */
  readonly tokens = new Map<number, Token>();
  readonly ring = new Ring();
  /** Tokens allocated and not resolved. */
  outstanding = 0;
  /** Ring entries that stand for no token, reported when they were written. */
  surplus = 0;
  /** Entries consumed and not acknowledged (Q5). */
  unacked = 0;
  /** The entry written in this step whose READY has not been raised, and the vCPU that it is for. */
  raiseOwes: number = none;
  raiseFor: number = none;
}

/** Entries that a ring can hold, and tokens that can be out (Q7). */
export function capacityOf({tokens, ringIndex}: CheckerConfig): number {
  return ringIndex === 'modulo' ? Math.max(0, tokens - 1) : tokens;
}

/** Tokens that are not free (Q5). */
export function tokensOut(scope: Scope, {tokenFreeOn}: CheckerConfig): number {
  if (tokenFreeOn === 'resolve') return scope.outstanding;
  const consumedToo = tokenFreeOn === 'explicit_ack' ? scope.unacked : 0;
  return scope.outstanding + scope.ring.length - scope.surplus + consumedToo;
}
