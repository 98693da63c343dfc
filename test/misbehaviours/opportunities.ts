import type {Overrides} from '../check/run-scenario.js';
import {tasks} from '../check/run-scenario.js';

const masked = {'interrupts-off': {every: null, for: null, probability: 0.3, by: 'if'}} as const;
const failing: Overrides = {host: {failures: {pages: [7, 9], rate: 0.1}, recovery: 'exception'}};

const slowHandlers: Overrides = {
  vcpus: 1,
  tokens: 64,
  options: {'handler.interrupts': 'on'},
  costs: {delivery: 2_000, step: 8_000, switch: 1_000, interrupt: 300, hypercall: 1_500},
  host: {io: {latency: {constant: 9_000}}},
  guest: {
    scheduler: {policy: 'round-robin', slice: 12_000},
    tasks: [tasks(8, {compute: {constant: 3_000}})],
  },
};

/** An NMI in each page-not-present handler before it has read anything, that touches a page of its own. */
const nmiBeforeCopy = (every: number): Overrides => ({
  vcpus: 1,
  host: {memory: {resident: 2, replacement: 'fifo'}},
  guest: {
    tasks: [
      tasks(3, {compute: {constant: 40_000}, accesses: {pattern: 'uniform', pages: 60, skew: 0.99, count: null}}),
    ],
    nmi: {every, touches: 63, at: 'copy'},
  },
});

/** What gives a bug its opportunities, where the plain scenario has none. */
export const opportunities: Record<string, Overrides> = {
  ring_overflow: {tokens: 1, vcpus: 1},
  failure_hidden: failing,
  lost_wakeup: {guest: masked},
  early_dropped: slowHandlers,
  dummy_leak: {options: {'pnp.cpl0': 'user_only'}, guest: {tasks: [tasks(3), tasks(3, {mode: 'kernel'})]}},
  refault_forever: failing,
  completed_before_not_present: {host: {io: {latency: {constant: 0}}}},
  cr2_clobbered: nmiBeforeCopy(500_000),
  reason_overwritten: nmiBeforeCopy(50_000),
};

/** Bugs of the first steps: the guest enables asynchronous page faults, and its local APIC after that, once. */
export const atStartOnly: readonly string[] = ['lapic_disabled'];
