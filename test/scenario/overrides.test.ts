import {describe, expect, test} from 'vitest';
import {loadScenario} from '../../src/scenario/load.js';
import {invalid, scenarioCases} from './cases.js';

const {load} = scenarioCases();

describe('overrides', () => {
  test.for([
    ['host.io.latency=50us', {host: {io: {latency: {constant: 50_000}}}}],
    ['tokens=4', {tokens: 4}],
    ['guest.tasks.0.count=4', {guest: {tasks: [{count: 4}]}}],
    [
      'guest.interrupts-off={probability: 0.5}',
      {guest: {'interrupts-off': {every: null, for: null, probability: 0.5}}},
    ],
    ['options.handler.interrupts=on', {options: {'handler.interrupts': 'on'}}],
    ['costs=none', {costs: {delivery: 0, step: 0}}],
    ['name="a = b"', {name: 'a = b'}],
  ] as const)('%s', async ([override, expected]) => {
    expect((await load('vcpus: 2', override)).scenario).toMatchObject(expected);
  });

  test('p99.9 is one key, a later override wins, and seed wins over all', async () => {
    const text = 'host: {io: {latency: {p0: 1us, p99: 2us, p100: 9us}}}';
    const {scenario} = await load(text, 'host.io.latency.p99.9=5us', 'tokens=1', 'tokens=2');
    expect([scenario.tokens, scenario.host.io.latency]).toMatchObject([2, {table: expect.arrayContaining([5000])}]);
    expect((await loadScenario('overcommit', {overrides: ['seed=3'], seed: 4})).scenario.seed).toBe(4);
  });

  test.for([
    'tokens',
    '=4',
    'host..io=1',
    'tokens=x',
    'tokns=4',
    'a.b=[',
    'tokens.x=4',
    'guest.tasks.x=4',
    'guest.tasks.2.count=4',
    'guest.tasks.0.accesses.trace=x',
    '__proto__.tokens=4',
    'tokens=*a',
  ])('%s is a usage error', async (override) => {
    await expect(load('guest: {tasks: [{compute: 1us}]}', override)).rejects.toMatchObject({
      code: 'SET_INVALID',
      exitCode: 2,
      message: expect.stringContaining(`--set ${override}: `),
    });
  });

  test('a fault of the file is not blamed on an override', async () => {
    await expect(load('vcpus: 0', 'tokens=4')).rejects.toMatchObject(invalid('case.yaml: vcpus'));
  });

  test('a seed that is none', async () => {
    await expect(loadScenario('overcommit', {seed: -1})).rejects.toMatchObject({code: 'SET_INVALID', exitCode: 2});
  });
});
