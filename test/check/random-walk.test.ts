import {expect, test} from 'vitest';
import {PnpChecker} from '../../src/check/pnp/checker.js';
import type {CheckReport} from '../../src/check/report.js';
import {enabled} from '../../src/engine/enabled.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {createState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {type EngineConfig, optionDefaults} from '../../src/protocol/engine-config.js';
import {Kind, kindTable} from '../../src/protocol/kinds.js';
import {newRow, Row} from '../../src/protocol/row.js';
import {randomOptions} from '../option-mix.js';

const choiceKinds = kindTable.flatMap((entry, kind) => ((entry.role as string) === 'event' ? [] : [kind]));
const masks = [1, 1, 1, 1, 1, 0, 3, 5, 9];

/** A generator of its own, so that a walk depends on its seed alone (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Takes choices at random among those that are enabled: states that no world brings about. */
function walk(config: EngineConfig, seed: number, steps: number, port: ProtocolPort = pnp): CheckReport {
  const state = createState(config, port);
  const checker = new PnpChecker({...config, ioMaxNs: null, readyMaxNs: null});
  const random = generator(seed);
  const choice = newRow();
  for (let taken = 0, tries = 0; taken < steps && !state.dead && tries < steps * 300; tries++) {
    choice.fill(-1);
    const kind = choiceKinds[random(choiceKinds.length)];
    if (kind === Kind.exit || ((kind === Kind.mask || kind === Kind.eviction || kind === Kind.nmi) && random(4) > 0))
      continue;
    choice[Row.kind] = kind;
    choice[Row.time] = state.timeNs + random(50);
    choice[Row.vcpu] = random(config.vcpus);
    choice[Row.task] = random(config.tasks);
    choice[Row.gpaLo] = random(config.pages) * 4096 + random(4096);
    choice[Row.gpaHi] = 0;
    choice[Row.gvaLo] = choice[Row.gpaLo];
    choice[Row.gvaHi] = 7;
    choice[Row.result] = random(12) === 0 ? 1 : 0;
    choice[Row.value] = masks[random(masks.length)];
    if (kind === Kind.completion || kind === Kind.eviction) choice[Row.vcpu] = -1;
    if (!enabled(state, choice)) continue;
    step(state, choice, checker);
    taken++;
  }
  return checker.finish({complete: true});
}

function configOf(seed: number): EngineConfig {
  return {
    ...(seed % 2 === 0 ? randomOptions(generator(seed)) : optionDefaults),
    vcpus: 1 + (seed % 3),
    tasks: 1 + (seed % 7),
    tokens: [1, 2, 0, 3, 64][seed % 5],
    pages: 3 + (seed % 9),
    presentPages: seed % 3,
    recovery: seed % 4 > 0,
    ioStart: seed % 2 === 0 ? 'fault' : 'delivery',
    ...(seed % 2 === 0 ? {} : {checkTpr: seed % 3 === 0, handlerInterrupts: seed % 4 === 1}),
    taskModes: seed % 5 === 1 ? Uint8Array.from({length: 1 + (seed % 7)}, (_, task) => task % 3) : null,
    misbehave: [],
    wait: seed % 5 === 0 ? 'hypercall' : 'hlt',
  };
}

test('no violation in random walks, which reach every invariant and exercise every rule', () => {
  const reached = new Map<string, number>();
  for (let seed = 1; seed <= 300; seed++) {
    const report = walk(configOf(seed), seed, 600);
    expect({seed, violations: report.violations}).toEqual({seed, violations: []});
    expect({seed, broken: report.identities.filter(({holds}) => !holds)}).toEqual({seed, broken: []});
    for (const [id, count] of Object.entries(report.reached)) reached.set(id, (reached.get(id) ?? 0) + count);
  }
  expect([...reached].filter(([, count]) => count === 0)).toEqual([]);
});
