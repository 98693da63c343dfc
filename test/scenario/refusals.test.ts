import {describe, expect, test} from 'vitest';
import {invalid, scenarioCases} from './cases.js';

const {load} = scenarioCases();

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
    ['protocol: pnq', 'pnp'],
    ['options: {sleep.untl: page_ready}', 'sleep.until'],
    ['options: {sleep.until: page_redy}', 'page_ready'],
    ['options: {token: 4}', 'tokens'],
  ] as const)('%s', async ([text, near]) => {
    await expect(load(text)).rejects.toMatchObject(invalid(`nearest is (the key )?${near}( |$)`));
  });
});

describe('an option or a misbehaviour that is none', () => {
  test.for([
    ['misbehave: [{party: guest, bug: drop-ready, after: 10}]', 'a bug of pnp'],
    ['options: {sleep.until: [page_ready]}', 'options.sleep.until'],
    ['options: {ring.validate: false}', 'Q24 is fixed'],
    ['options: {ready.target: any}', 'options.scope: vm'],
  ] as const)('%s', async ([text, words]) => {
    await expect(load(text)).rejects.toMatchObject(invalid(words));
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
    ['guest: {devices: {every: 1us}}', 'guest.devices.every'],
    ['{guest: {devices: {every: 5us}}, costs: {interrupt: 5us}}', 'costs.interrupt'],
    ['guest: {nmi: {every: 1ms, at: inuse}}', 'guest.nmi.at'],
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
