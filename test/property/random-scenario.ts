import {below, random32} from '../../src/base/random.js';
import type {ProtocolName} from '../../src/protocol/protocols.js';
import type {ResolvedScenario, TaskGroup} from '../../src/scenario/resolved.js';
import {optionWords, randomOptions} from '../option-mix.js';

/** Draws from a stream of its own: the n-th draw of a seed is always the same. */
export class Dice {
  private draws = 0;

  constructor(private readonly seed: number) {}

  below(n: number): number {
    return below(random32(this.seed, 0, 99, this.draws++, 0), n);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

/** A small scenario that reaches many corners: few pages, few tokens, times that coincide, failures, masks, NMIs, devices. */
export function randomScenario(seed: number, protocol: ProtocolName = 'pnp'): ResolvedScenario {
  const dice = new Dice(seed);
  const pages = dice.pick([1, 2, 4, 8, 30]);
  const vcpus = dice.pick([1, 1, 2, 3]);
  const memory = {
    pages,
    resident: Math.max(1, dice.pick([pages, pages >> 1, pages >> 2])),
    initially: dice.pick(['absent', 'present'] as const),
    replacement: dice.pick(['lru', 'clock', 'fifo', 'random'] as const),
  };
  const scenario: ResolvedScenario = {
    name: `random-${seed}`,
    description: '',
    protocol,
    seed,
    vcpus,
    tokens: dice.pick([0, 1, 2, 3, 64]),
    until: {time: dice.pick([null, null, 4000]), faults: dice.pick([20, 60, 150]), accesses: 3000},
    host: {
      memory,
      io: {
        latency: {constant: dice.pick([0, 1, 7, 100, 100])},
        channels: dice.pick(['unlimited', 1, 3] as const),
        start: dice.pick(['fault', 'delivery'] as const),
      },
      failures: {pages: dice.pick([[], [], [0], pages > 1 ? [1, 0] : [0]]), rate: dice.pick([0, 0, 0.1])},
      recovery: dice.pick(['none', 'exception'] as const),
    },
    guest: {
      tasks: [taskGroup(dice, 'a', pages, vcpus), taskGroup(dice, 'b', pages, vcpus)],
      scheduler: {policy: dice.pick(['fifo', 'round-robin'] as const), slice: dice.pick([5, 20, 100])},
      'interrupts-off': dice.pick([
        null,
        null,
        {every: 30, for: 9, probability: 0, by: 'if' as const},
        {every: null, for: null, probability: 0.3, by: dice.pick(['if', 'sti', 'movss', 'tpr'] as const)},
        {every: 50, for: 20, probability: 0.1, by: 'if' as const},
      ]),
      nmi: dice.pick([null, null, nmi(dice, pages)]),
      devices: null,
      wait: dice.pick(['hlt', 'hypercall'] as const),
    },
    costs: {
      delivery: dice.pick([0, 2]),
      step: dice.pick([0, 1, 3]),
      switch: dice.pick([0, 4]),
      interrupt: dice.pick([0, 2]),
      hypercall: dice.pick([0, 5]),
    },
    options: optionWords(
      randomOptions((n) => dice.below(n)),
      protocol,
    ) as ResolvedScenario['options'],
    misbehave: [],
  };
  scenario.guest.devices = dice.pick([null, null, {every: dice.pick([17, 40, 200])}]);
  return scenario;
}

function taskGroup(dice: Dice, name: string, pages: number, vcpus: number): TaskGroup {
  return {
    name,
    mode: dice.pick(['user', 'user', 'kernel', 'nested'] as const),
    count: 1 + dice.below(3),
    vcpu: dice.pick(['any', 'any', dice.below(vcpus)] as const),
    compute: {constant: dice.pick([1, 3, 10, 25])},
    accesses: {
      pattern: dice.pick(['fresh', 'sequential', 'cyclic', 'uniform', 'zipf'] as const),
      pages,
      skew: 0.9,
      count: dice.pick([null, null, 9]),
    },
  };
}

function nmi(dice: Dice, pages: number): ResolvedScenario['guest']['nmi'] {
  return {
    every: dice.pick([13, 50]),
    touches: dice.pick(['none' as const, 0, pages - 1]),
    at: dice.pick(['any', 'copy', 'park', 'clear', 'iret'] as const),
  };
}
