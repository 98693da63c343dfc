import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {Dice, randomScenario} from './random-scenario.js';

export type KvmProtocol = 'apf-int' | 'apf-pf';

/**
 * A small scenario of one of the two Linux protocols: those of the proposal, with what only these read: tasks in kernel
 * mode and nested guests, who may be told, and device interrupts, which end an artificial halt.
 */
export function randomKvmScenario(protocol: KvmProtocol, seed: number): ResolvedScenario {
  const scenario = randomScenario(seed);
  const dice = new Dice(seed + 1_000_000);
  const mode = () => dice.pick(['user', 'user', 'kernel', 'nested'] as const);
  return {
    ...scenario,
    protocol,
    guest: {
      ...scenario.guest,
      tasks: scenario.guest.tasks.map((group) => ({...group, mode: mode()})),
      devices: dice.pick([null, null, {every: dice.pick([17, 60])}]),
    },
    options: {
      'pnp.cpl0': dice.pick(['allow', 'user_only']),
      nested: dice.pick(['sleep', 'exit_to_l1']),
    },
  };
}
