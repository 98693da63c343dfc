import {expect, test} from 'vitest';
import {type Overrides, runScenario, scenarioOf, tasks} from './run-scenario.js';

const stepCosts = {delivery: 2_000, step: 500, switch: 1_000, interrupt: 300, hypercall: 1_500};
const roundRobin = {policy: 'round-robin', slice: 12_000} as const;
const handlerOn = {'handler.interrupts': 'on'} as const;
const shut = {'interrupts-off': {every: null, for: null, probability: 0.3, by: 'tpr' as const}};
const off = {every: 50_000, for: 20_000, probability: 0.2};

interface Case {
  name: string;
  overrides: Overrides;
}

const cases: Case[] = [
  {name: 'defaults', overrides: {}},
  {name: 'one vCPU, no token', overrides: {vcpus: 1, tokens: 0}},
  {name: 'one token', overrides: {tokens: 1}},
  {name: 'two tokens, three vCPUs', overrides: {vcpus: 3, tokens: 2}},
  {name: '64 tokens, pages present at first', overrides: {tokens: 64, host: {memory: {initially: 'present'}}}},
  {name: 'I/O without latency', overrides: {host: {io: {latency: {constant: 0}}}}},
  {name: 'I/O that starts at delivery', overrides: {host: {io: {start: 'delivery', channels: 1}}}},
  {name: 'failures that kill', overrides: {host: {failures: {pages: [7, 9], rate: 0}}, guest: {'interrupts-off': off}}},
  {name: 'failures and no token', overrides: {tokens: 1, host: {failures: {pages: [7, 9, 11], rate: 0.1}}}},
  {
    name: 'failures and recovery',
    overrides: {
      tokens: 1,
      host: {failures: {pages: [7, 9, 11], rate: 0.1}, recovery: 'exception'},
      guest: {'interrupts-off': off},
    },
  },
  {name: 'interrupts off', overrides: {guest: {'interrupts-off': off}}},
  {name: 'NMIs that touch a page', overrides: {guest: {nmi: {every: 7_000, touches: 63, at: 'any'}}, costs: stepCosts}},
  {name: 'NMIs before the copy', overrides: {guest: {nmi: {every: 7_000, touches: 63, at: 'copy'}}, costs: stepCosts}},
  {name: 'NMIs before the IRET', overrides: {guest: {nmi: {every: 7_000, touches: 5, at: 'iret'}}, costs: stepCosts}},
  {name: 'a TPR that shuts, and counts', overrides: {guest: shut, options: {'pnp.checkTpr': 'true'}}},
  {name: 'a TPR that shuts, and holds READY back only', overrides: {guest: shut, vcpus: 3}},
  {name: 'devices, and vCPUs that wait in HLT', overrides: {guest: {devices: {every: 7_000}}, costs: stepCosts}},
  {
    name: 'devices, and vCPUs that suspend themselves',
    overrides: {guest: {devices: {every: 7_000}, wait: 'hypercall', 'interrupts-off': off}, costs: stepCosts},
  },
  {
    name: 'a preempted handler',
    overrides: {
      vcpus: 1,
      tokens: 64,
      options: handlerOn,
      costs: {...stepCosts, step: 8_000},
      host: {io: {latency: {constant: 9_000}}},
      guest: {scheduler: roundRobin, tasks: [tasks(8, {compute: {constant: 3_000}})]},
    },
  },
  {
    name: 'a preempted handler, everything else too',
    overrides: {
      vcpus: 3,
      tokens: 2,
      options: handlerOn,
      costs: {...stepCosts, step: 8_000},
      host: {
        io: {latency: {constant: 9_000}, channels: 4},
        failures: {pages: [7], rate: 0.05},
        recovery: 'exception',
        memory: {replacement: 'clock'},
      },
      guest: {
        scheduler: roundRobin,
        wait: 'hypercall',
        'interrupts-off': off,
        nmi: {every: 31_000, touches: 7, at: 'any'},
        devices: {every: 13_000},
        tasks: [tasks(4, {vcpu: 0, compute: {constant: 3_000}}), tasks(6, {compute: {constant: 1_000}})],
      },
    },
  },
  {
    name: 'early resolutions with interrupts in the handler',
    overrides: {
      options: handlerOn,
      costs: stepCosts,
      host: {io: {latency: {constant: 0}}, memory: {replacement: 'fifo'}},
    },
  },
  {
    name: 'tasks that end',
    overrides: {
      guest: {tasks: [tasks(5, {accesses: {pattern: 'cyclic', pages: 32, skew: 0.99, count: 20}})], wait: 'hypercall'},
      host: {memory: {resident: 2, replacement: 'random'}},
      costs: stepCosts,
    },
  },
  {
    name: 'fresh pages that run out',
    overrides: {guest: {tasks: [tasks(20, {accesses: {pattern: 'fresh', pages: 64, skew: 0.99, count: null}})]}},
  },
];

test.for(cases)('no violation: $name', ({overrides}) => {
  for (let seed = 1; seed <= 4; seed++) {
    const {report, rows} = runScenario(scenarioOf({...overrides, seed}));
    expect(rows.length).toBeGreaterThan(20);
    expect(report.violations).toEqual([]);
    expect(report.identities.filter((identity) => !identity.holds)).toEqual([]);
  }
});

test('together the runs exercise every rule', () => {
  const sum = new Map<string, number>();
  for (const {overrides} of cases) {
    const {report} = runScenario(scenarioOf(overrides));
    for (const [id, count] of Object.entries(report.reached)) sum.set(id, (sum.get(id) ?? 0) + count);
  }
  expect([...sum].filter(([, count]) => count === 0).map(([id]) => id)).toEqual([]);
});
