import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {meanNs} from '../../src/scenario/distribution.js';
import {loadScenario} from '../../src/scenario/load.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'apf-scenario-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'trace'), gzipSync('I  00001000,4\n L 00002000,8\n'));
  writeFileSync(join(folder, 'data', 'log'), '0, 100, 0, 4096, 0\n0, 300, 0, 4096, 0\n');
});
afterAll(() => rmSync(folder, {recursive: true}));

/** Loads a scenario of the text given, with overrides. */
function load(text: string, ...overrides: string[]) {
  const path = join(folder, 'case.yaml');
  writeFileSync(path, text);
  return loadScenario(path, {overrides});
}

const invalid = (message: string | RegExp) => ({
  code: 'SCENARIO_INVALID',
  exitCode: 65,
  message: expect.stringMatching(message),
});

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
            compute: {constant: 10_000},
            accesses: {pattern: 'fresh', pages: 65_536, skew: 0.99, count: null},
          },
        ],
        scheduler: {policy: 'fifo', slice: 1_000_000},
        'interrupts-off': null,
        nmi: null,
        wait: 'hlt',
      },
      costs: {delivery: 3000, step: 50, switch: 1500, interrupt: 1000, hypercall: 1000},
      options: {'handler.interrupts': 'off'},
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
options: {sleep.until: page_ready, pnp.checkTpr: false, handler.interrupts: on}
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
    options: {'handler.interrupts': 'on'},
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
  expect([...files]).toEqual([[2, join(folder, 'data', 'trace')]]);
  expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario);
});

test('JSON is read, too', async () => {
  const path = join(folder, 'case.json');
  writeFileSync(path, JSON.stringify({vcpus: 2, host: {io: {latency: '5us'}}}));
  expect((await loadScenario(path)).scenario).toMatchObject({
    name: 'case',
    vcpus: 2,
    host: {io: {latency: {constant: 5000}}},
  });
});

describe('names the nearest key', () => {
  test.for([
    ['tokns: 4', 'tokens'],
    ['host: {io: {latncy: 1us}}', 'latency'],
    ['host: {io: {latency: {logg: x}}}', 'log'],
    ['host: {io: {latency: {p0: 1us, p100: 2us, p9O: 2us}}}', 'p90'],
    ['guest: {tasks: [{compute: {exponental: 1us}}]}', 'exponential'],
    ['guest: {tasks: [{accesses: {trase: x}}]}', 'trace'],
    ['guest: {tasks: [{accesses: {patern: zipf}}]}', 'pattern'],
    ['guest: {tasks: [{accesses: {pattern: zip}}]}', 'zipf'],
    ['guest: {interrupts_off: {}}', 'interrupts-off'],
    ['costs: {swich: 1us}', 'switch'],
    ['protocol: apf', 'apf-int'],
    ['options: {sleep.untl: page_ready}', 'sleep.until'],
    ['options: {sleep.until: page_redy}', 'page_ready'],
    ['options: {token: 4}', 'tokens'],
  ] as const)('%s', async ([text, near]) => {
    await expect(load(text)).rejects.toMatchObject(invalid(new RegExp(`nearest is (the key )?${near}( |$)`)));
  });
});

describe('refuses by name what is not built', () => {
  test.for([
    ['protocol: apf-int', 'protocol apf-int is not built yet; built: pnp'],
    ['protocol: apf-pf', 'protocol apf-pf is not built yet; built: pnp'],
    ['protocol: ve', 'protocol ve is not built yet; built: pnp'],
    ['misbehave: [{party: guest, bug: drop-ready, after: 10}]', 'drop-ready'],
    ['options: {sleep.until: token_free}', 'token_free is not built yet; built: page_ready'],
    ['options: {pnp.checkTpr: true}', 'true is not built yet; built: false'],
    ['options: {dedup: halt}', 'halt is not built yet'],
  ] as const)('%s', async ([text, words]) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'SCENARIO_NOT_BUILT',
      exitCode: 65,
      message: expect.stringContaining(words),
    });
  });

  test.for([
    ['options: {tokens: 4}', 'the key tokens'],
    ['options: {io.start: delivery}', 'the key host.io.start'],
    ['options: {guest.wait: hlt}', 'the key guest.wait'],
  ] as const)('%s is a key elsewhere', async ([text, words]) => {
    await expect(load(text)).rejects.toMatchObject(invalid(words));
  });
});

describe('refuses', () => {
  test.for([
    ['vcpus: 0', 'vcpus: found 0, expected an integer from 1 to 1024'],
    ['vcpus: 1025', 'vcpus'],
    ['vcpus: 1.5', 'vcpus'],
    ['tokens: -1', 'tokens'],
    ['{vcpus: 1024, tokens: 4097}', 'tokens: found 4097, expected at most 4096'],
    ['seed: 9007199254740992', 'seed'],
    ['seed: -1', 'seed'],
    ['until: {time: 0s}', 'until.time'],
    ['until: {faults: 0}', 'until.faults'],
    ['host: {memory: {pages: 0}}', 'host.memory.pages'],
    ['host: {memory: {pages: 16777217}}', 'host.memory.pages'],
    ['host: {memory: {pages: 4, resident: 5}}', 'host.memory.resident: found 5, expected at most host.memory.pages, 4'],
    ['host: {io: {latency: 100}}', 'host.io.latency: found 100, expected a duration'],
    ['host: {io: {latency: 5 us}}', 'host.io.latency: found "5 us", expected a duration'],
    ['host: {io: {latency: 0.5ns}}', 'host.io.latency'],
    ['host: {io: {latency: {p0: 1us}}}', 'host.io.latency.p100'],
    ['host: {io: {latency: {p0: 1us, p50: 1ns, p100: 2us}}}', 'host.io.latency.p50'],
    ['host: {io: {latency: {p0: 1us, p50: 1us, p50.0: 1us, p100: 2us}}}', 'host.io.latency.p50.0'],
    ['host: {io: {latency: {p0: 1us, p100: 2us, log: x}}}', 'host.io.latency'],
    ['host: {io: {channels: 0}}', 'host.io.channels: found 0'],
    ['host: {failures: {rate: 1.1}}', 'host.failures.rate'],
    ['host: {failures: {pages: [65536]}}', String.raw`host.failures.pages\[0\]`],
    ['guest: {tasks: []}', 'guest.tasks'],
    ['guest: {tasks: [{count: 1048576}, {}]}', String.raw`guest.tasks\[1\].count`],
    ['guest: {tasks: [{vcpu: 1}]}', String.raw`guest.tasks\[0\].vcpu`],
    ['guest: {tasks: [{accesses: {pages: 65537}}]}', String.raw`guest.tasks\[0\].accesses.pages`],
    ['guest: {tasks: [{accesses: {skew: 17}}]}', String.raw`guest.tasks\[0\].accesses.skew`],
    ['guest: {tasks: [{accesses: {trace: data/trace, pattern: zipf}}]}', String.raw`guest.tasks\[0\].accesses`],
    ['guest: {tasks: [{compute: 1us, accesses: {trace: data/trace}}]}', String.raw`guest.tasks\[0\].compute`],
    ['guest: {tasks: [{count: 257, accesses: {trace: data/trace}}]}', String.raw`guest.tasks\[0\].count`],
    ['guest: {interrupts-off: {}}', 'guest.interrupts-off'],
    ['guest: {interrupts-off: {every: 1ms}}', 'guest.interrupts-off'],
    ['guest: {nmi: {touches: 1}}', 'guest.nmi.every'],
    ['guest: {nmi: {every: 1ms, touches: 65536}}', 'guest.nmi.touches'],
    ['costs: realish', 'costs'],
    ['[]', 'the scenario'],
  ] as const)('%s', async ([text, words]) => {
    await expect(load(text)).rejects.toMatchObject(invalid(words));
  });

  test.for([
    '{compute: 0ns, accesses: {pattern: uniform}}',
    '{compute: {p0: 0ns, p100: 0ns}, accesses: {pattern: cyclic}}',
    '{compute: {exponential: 0ns}, accesses: {pattern: zipf}}',
  ])('a cycle of zero duration: %s', async (task) => {
    await expect(load(`guest: {tasks: [${task}]}`)).rejects.toMatchObject(
      invalid(String.raw`guest.tasks\[0\].compute`),
    );
  });

  test('a cycle of zero duration with fresh pages only when the I/O takes none, too', async () => {
    const tasks = 'guest: {tasks: [{compute: 0ns}]}';
    expect((await load(tasks)).scenario.guest.tasks[0].compute).toEqual({constant: 0});
    await expect(load(`${tasks}\nhost: {io: {latency: 0ns}}`)).rejects.toMatchObject(invalid('compute'));
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
    await expect(loadScenario(join(folder, 'none.yaml'))).rejects.toMatchObject(missing);
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

  test('what is not built is named, as a usage error', async () => {
    const refused = {code: 'SCENARIO_NOT_BUILT', exitCode: 2};
    await expect(load('', 'options.sleep.until=token_free')).rejects.toMatchObject(refused);
    await expect(load('', 'protocol=apf-int')).rejects.toMatchObject(refused);
  });

  test('a fault of the file is not blamed on an override', async () => {
    await expect(load('vcpus: 0', 'tokens=4')).rejects.toMatchObject(invalid('case.yaml: vcpus'));
  });

  test('a seed that is none', async () => {
    await expect(loadScenario('overcommit', {seed: -1})).rejects.toMatchObject({code: 'SET_INVALID', exitCode: 2});
  });
});
