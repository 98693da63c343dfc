import {expect, test} from 'vitest';
import type {ResolvedScenario} from '../../src/scenario/resolved.js';
import {timeBounds} from '../../src/scenario/time-bounds.js';
import {scenarioOf, tasks} from '../check/run-scenario.js';

const withIo = (io: object) => scenarioOf({vcpus: 2, host: {io}, guest: {tasks: [tasks(3), tasks(2)]}});

test('the longest I/O is the longest latency, of whatever kind the distribution is', () => {
  expect(timeBounds(withIo({latency: {constant: 70}})).ioMaxNs).toBe(70);
  const table = [0, 5, 2 ** 52, 8, 2 ** 53, 330];
  expect(timeBounds(withIo({latency: {from: 'quantiles', table}})).ioMaxNs).toBe(330);
});

test('with channels the I/Os of all other tasks and NMI handlers may be before it', () => {
  expect(timeBounds(withIo({latency: {constant: 70}, channels: 1})).ioMaxNs).toBe(70 * 7);
  expect(timeBounds(withIo({latency: {constant: 70}, channels: 4})).ioMaxNs).toBe(70 + 105);
});

test('READY waits for what the vCPU is paying for, and for the interrupt; with devices nobody knows', () => {
  const costs = {delivery: 90, step: 3, switch: 20, interrupt: 4, hypercall: 11};
  expect(timeBounds(scenarioOf({costs})).readyMaxNs).toBe(24);
  expect(timeBounds(scenarioOf({costs, guest: {devices: {every: 100}}})).readyMaxNs).toBeNull();
});

test('a scenario that is none has no bounds', () => {
  const none = {ioMaxNs: null, readyMaxNs: null};
  expect(timeBounds({} as ResolvedScenario)).toEqual(none);
  expect(timeBounds(withIo({latency: {from: 'quantiles', table: ['x']}})).ioMaxNs).toBeNull();
  expect(timeBounds(withIo({latency: {constant: -1}})).ioMaxNs).toBeNull();
  expect(timeBounds(withIo({latency: {constant: 7}, channels: 'some'})).ioMaxNs).toBeNull();
});
