import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {Dice, randomScenario} from './random-scenario.js';

/** The random scenario of a seed under ve: some tasks run in the kernel, or in a nested guest, and NMIs often come late in the handler. */
export function veScenario(seed: number): ResolvedScenario {
  const scenario = randomScenario(seed);
  const dice = new Dice(seed + 1_000_000);
  const {guest} = scenario;
  const tasks = guest.tasks.map((group) => ({
    ...group,
    mode: dice.pick(['user', 'user', 'user', 'kernel', 'nested'] as const),
  }));
  const nmi = guest.nmi === null ? null : {...guest.nmi, at: dice.pick([guest.nmi.at, 'any', 'iret'] as const)};
  return {...scenario, name: `ve-${seed}`, protocol: 've', options: {}, guest: {...guest, tasks, nmi}};
}
