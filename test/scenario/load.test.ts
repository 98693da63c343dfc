import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {optionTable} from '../../src/protocol/options.js';
import {meanNs} from '../../src/scenario/distribution.js';
import {loadScenario} from '../../src/scenario/load.js';
import {scenarioCases} from './cases.js';

const {folder, load} = scenarioCases();

describe('defaults', () => {
  test('of an empty file', async () => {
    const {scenario, files} = await load('');
    expect(scenario).toEqual({
      name: 'case',
      description: '',
      protocol: 'pnp',
      seed: 0,
      vcpus: 1,
      tokens: 64,
      until: {time: null, faults: null, accesses: null},
      host: {
        memory: {pages: 65_536, resident: 65_536, initially: 'absent', replacement: 'lru'},
        io: {latency: {constant: 100_000}, channels: 'unlimited', start: 'fault'},
        failures: {pages: [], rate: 0},
        recovery: 'none',
      },
      guest: {
        tasks: [
          {
            name: 'tasks-0',
            count: 1,
            vcpu: 'any',
            mode: 'user',
            compute: {constant: 10_000},
            accesses: {pattern: 'fresh', pages: 65_536, skew: 0.99, count: null},
          },
        ],
        scheduler: {policy: 'fifo', slice: 1_000_000},
        'interrupts-off': null,
        devices: null,
        nmi: null,
        wait: 'hlt',
      },
      costs: {delivery: 3000, step: 50, switch: 1500, interrupt: 1000, hypercall: 1000},
      options: Object.fromEntries(
        optionTable
          .filter(({protocols}) => (protocols as readonly string[]).includes('pnp'))
          .map(({name, values}) => [name, values[0]]),
      ),
      misbehave: [],
    });
    expect(files.size).toBe(0);
  });

  test('that follow another key', async () => {
    const {scenario} = await load('host: {memory: {pages: 100}}');
    expect([scenario.host.memory.resident, scenario.guest.tasks[0].accesses]).toMatchObject([100, {pages: 100}]);
  });
});

test('every key is carried over', async () => {
  const {scenario, files} = await load(`
name: all keys
description: each with a value that is not its default
protocol: pnp
seed: 9007199254740991
vcpus: 3
tokens: 5
until: {time: 2s, faults: 7, accesses: 8}
host:
  memory: {pages: 1000, resident: 10, initially: present, replacement: clock}
  io: {latency: {log: data/log}, channels: 4, start: delivery}
  failures: {pages: [9, 7, 9], rate: 0.25}
  recovery: exception
guest:
  tasks:
    - {name: a, count: 2, vcpu: 2, compute: {exponential: 1us}, accesses: {pattern: zipf, pages: 50, skew: 1.5, count: 6}}
    - {compute: {p0: 1us, p100: 3us}, accesses: {pattern: uniform}}
    - {name: t, accesses: {trace: data/trace, format: lackey, instruction: 2ns}}
  scheduler: {policy: round-robin, slice: 2ms}
  interrupts-off: {every: 1ms, for: 10us, probability: 0.5}
  nmi: {every: 3ms, touches: 12, at: clear}
  wait: hypercall
costs: {delivery: 1us, switch: 2us}
options: {sleep.until: first_of, pnp.checkTpr: true, handler.interrupts: on}
misbehave: []
`);
  const [first, second, third] = scenario.guest.tasks;
  expect(scenario).toMatchObject({
    name: 'all keys',
    seed: Number.MAX_SAFE_INTEGER,
    vcpus: 3,
    tokens: 5,
    until: {time: 2_000_000_000, faults: 7, accesses: 8},
    host: {
      memory: {pages: 1000, resident: 10, initially: 'present', replacement: 'clock'},
      io: {channels: 4, start: 'delivery'},
      failures: {pages: [7, 9], rate: 0.25},
      recovery: 'exception',
    },
    guest: {
      scheduler: {policy: 'round-robin', slice: 2_000_000},
      'interrupts-off': {every: 1_000_000, for: 10_000, probability: 0.5},
      nmi: {every: 3_000_000, touches: 12, at: 'clear'},
      wait: 'hypercall',
    },
    costs: {delivery: 1000, step: 0, switch: 2000, interrupt: 0, hypercall: 0},
    options: {'handler.interrupts': 'on', 'sleep.until': 'first_of', 'pnp.checkTpr': 'true', dedup: 'none'},
  });
  expect(first).toMatchObject({
    name: 'a',
    count: 2,
    vcpu: 2,
    accesses: {pattern: 'zipf', pages: 50, skew: 1.5, count: 6},
  });
  expect(second.name).toBe('tasks-1');
  expect(third.accesses).toMatchObject({
    trace: {file: 'trace', sha256: expect.stringMatching(/^[0-9a-f]{64}$/)},
    format: 'lackey',
    instruction: 2,
  });
  expect([first.compute, second.compute, scenario.host.io.latency].map((table) => Math.round(meanNs(table)))).toEqual([
    1000, 2000, 200,
  ]);
  expect([...files]).toEqual([[2, join(folder(), 'data', 'trace')]]);
  expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario);
});

test('JSON is read, too', async () => {
  const path = join(folder(), 'case.json');
  writeFileSync(path, JSON.stringify({vcpus: 2, host: {io: {latency: '5us'}}}));
  expect((await loadScenario(path)).scenario).toMatchObject({
    name: 'case',
    vcpus: 2,
    host: {io: {latency: {constant: 5000}}},
  });
});

describe('broken files', () => {
  test.for([
    ['a tab', 'host:\n\tio: 1', 2],
    ['a key twice', 'vcpus: 1\nvcpus: 2', 2],
    ['an open list', 'host: [1', 1],
    ['a tag', 'name: !!js/function x', 1],
    ['two documents', 'vcpus: 1\n---\nvcpus: 2', 2],
  ] as const)('%s', async ([, text, line]) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'SCENARIO_SYNTAX',
      exitCode: 65,
      message: expect.stringMatching(new RegExp(`case.yaml:${line}:\\d+: `)),
    });
  });

  test('an alias bomb', async () => {
    const levels = Array.from({length: 30}, (_, i) => `k${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`);
    await expect(load(`k0: &a0 [1]\n${levels.join('\n')}`)).rejects.toMatchObject({
      code: 'SCENARIO_SYNTAX',
      exitCode: 65,
    });
  });

  test('more than a mebibyte', async () => {
    await expect(load(`# ${'x'.repeat(1_048_576)}`)).rejects.toMatchObject({exitCode: 65});
  });

  test('no such file, here or inside', async () => {
    const missing = {code: 'INPUT_MISSING', exitCode: 66};
    await expect(loadScenario(join(folder(), 'none.yaml'))).rejects.toMatchObject(missing);
    await expect(load('host: {io: {latency: {log: none}}}')).rejects.toMatchObject(missing);
    await expect(load('guest: {tasks: [{accesses: {trace: none}}]}')).rejects.toMatchObject(missing);
  });

  test('a log that is none', async () => {
    await expect(load('host: {io: {latency: {log: case.yaml}}}')).rejects.toMatchObject({
      code: 'FIO_LINE',
      exitCode: 65,
    });
  });
});

test('a latency log leaves its name, its digest and its whole table', async () => {
  writeFileSync(join(folder(), 'lat.log'), '0, 200000, 0, 4096, 0\n0, 200000, 0, 4096, 0\n');
  const path = join(folder(), 'logged.yaml');
  writeFileSync(path, 'host: {io: {latency: {log: lat.log}}}');
  const {scenario} = await loadScenario(path);
  expect(scenario.host.io.latency).toMatchObject({
    from: 'log',
    log: {file: 'lat.log', sha256: expect.stringMatching(/^[0-9a-f]{64}$/)},
  });
  expect(meanNs(scenario.host.io.latency)).toBe(200_000);
});
