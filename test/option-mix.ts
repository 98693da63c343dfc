import type {EngineConfig, optionDefaults} from '../src/protocol/engine-config.js';
import {type OptionEntry, optionTable, optionValue} from '../src/protocol/options.js';

type Options = {-readonly [Name in keyof typeof optionDefaults]: EngineConfig[Name]};

/**
 * Options drawn at random, each its default half the time. Left out is what breaks the protocol by itself: a token that
 * is named for its slot comes again at once, which is too early where it is free before its resolution is consumed, where
 * an orphan of it is about (A.5.4), or where a READY can free it while the handler that got it has yet to park (A.5.7).
 */
export function randomOptions(below: (n: number) => number): Options {
  const draw = <T>(first: T, ...others: T[]): T => (below(2) === 0 ? first : others[below(others.length)]);
  const options: Options = {
    handlerInterrupts: draw(false, true),
    checkTpr: draw(false, true),
    sleepUntil: draw('page_ready', 'token_free', 'first_of'),
    sleepInterruptible: draw(false, true),
    tokenFreeOn: draw('consume', 'resolve', 'explicit_ack'),
    scope: draw('vcpu', 'vm'),
    ringIndex: draw('free_running', 'modulo'),
    tokenAlloc: draw('monotone', 'slot_index', 'kvm'),
    gvaUnknown: draw('all_ones', 'zero', 'flag'),
    readyIrq: draw('each', 'edge'),
    readyTarget: draw('same', 'any'),
    earlyCancel: draw(false, true),
    earlyOrphan: draw('forbid', 'deliver_later', 'drop'),
    dedup: draw('none', 'halt', 'share_token'),
    failPolicy: draw('reeval', 'kill'),
    cpl0: draw('allow', 'user_only'),
    nested: draw('sleep', 'exit_to_l1'),
  };
  if (options.scope === 'vcpu') options.readyTarget = 'same';
  if (options.dedup === 'share_token' && (options.scope === 'vm' || options.handlerInterrupts)) options.dedup = 'halt';
  const nested = options.handlerInterrupts || options.scope === 'vm';
  const reused = options.tokenFreeOn === 'resolve' || options.earlyOrphan !== 'forbid' || nested;
  if (options.tokenAlloc === 'slot_index' && reused) options.tokenAlloc = 'kvm';
  return options;
}

/** The same as a scenario says them, for the options that the protocol reads. */
export function optionWords(options: Options, protocol: string): Record<string, string> {
  const read = (optionTable as readonly OptionEntry[]).filter(({protocols}) => protocols.includes(protocol));
  return Object.fromEntries(
    read.map(({name, field, values}) => {
      const value = (options as Partial<EngineConfig>)[field];
      return [name, values.find((word) => optionValue(word) === value) ?? values[0]];
    }),
  );
}
