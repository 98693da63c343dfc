import {describe, expect, test} from 'vitest';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {protocol as apfPf} from '../../src/engine/protocols/apf-pf/protocol.js';
import {protocol as pnp} from '../../src/engine/protocols/pnp/protocol.js';
import type {Protocol} from '../../src/engine/protocols/port.js';
import {protocol as ve} from '../../src/engine/protocols/ve/protocol.js';
import {booted} from '../protocols/kvm-driver.js';
import {Run, smallConfig} from './driver.js';

const plain = (protocol: Protocol) => (config: {tasks: number}) => new Run({...smallConfig, ...config}, protocol.port);
const linux = (protocol: Protocol) => (config: {tasks: number}) => booted(protocol, config);

describe.each([
  ['pnp', plain(pnp)],
  ['apf-int', linux(apfInt)],
  ['apf-pf', linux(apfPf)],
  ['ve', plain(ve)],
] as const)('R26: a vCPU of %s', (_name, begin) => {
  test('R26: that runs cannot resume, one that waits cannot halt', () => {
    const run = begin({tasks: 1});
    expect([run.can('halt', {vcpu: 0}), run.can('resume', {vcpu: 0})]).toEqual([true, false]);
    run.park(0, 0, 1);
    expect([run.can('halt', {vcpu: 0}), run.can('resume', {vcpu: 0})]).toEqual([true, false]);
    run.halt(0);
    expect([run.can('halt', {vcpu: 0}), run.can('resume', {vcpu: 0})]).toEqual([false, false]);
  });

  test('R26: that runs a task does not halt', () => {
    const run = begin({tasks: 1});
    run.dispatch(0, 0);
    expect(run.can('halt', {vcpu: 0})).toBe(false);
  });

  test('R26: that waits resumes for a task that can run, were it the first or the last', () => {
    for (const runnable of [0, 1]) {
      const run = begin({tasks: 2});
      run.dispatch(0, 1 - runnable);
      run.exit(0);
      run.halt(0);
      expect({runnable, resumes: run.can('resume', {vcpu: 0})}).toEqual({runnable, resumes: true});
      run.resume(0);
      expect(run.of('resume')).toMatchObject([{reason: 'task'}]);
    }
  });

  test('R20, R26: takes an interrupt while it runs or waits, and not while the host has it', () => {
    const run = begin({tasks: 2});
    const takes = () => run.state.port.guest.interruptible(run.state, 0);
    expect(takes()).toBe(true);
    run.dispatch(0, 0);
    expect(takes()).toBe(true);
    run.access(0, 1);
    expect(takes()).toBe(false);
    run.attempt(0);
    run.steps(0);
    run.halt(0);
    expect(takes()).toBe(true);
  });
});
