import {describe, expect, test} from 'vitest';
import {protocol as ve} from '../../src/engine/protocols/ve/protocol.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {fresh} from '../protocols/kvm-driver.js';
import {Run} from './driver.js';

/** A task on vCPU 1 has touched page 1, and the host has not answered. */
function touched(run: Run): Run {
  run.dispatch(1, 0);
  run.access(1, 1);
  return run;
}

const ends = (run: Run, page = 1) => run.can('completion', {page, result: 0});

describe('R15, Q4: an I/O that takes no time ends before the host has answered its fault', () => {
  const start = (config: Partial<EngineConfig> = {}) => touched(new Run({vcpus: 2, ...config}));

  test('R15: where it begins with the fault, whichever vCPU faulted, and for that page alone', () => {
    expect(ends(start())).toBe(true);
    expect(ends(start(), 2)).toBe(false);
    const run = new Run({vcpus: 2});
    run.dispatch(0, 1);
    run.access(0, 2);
    expect([ends(run, 2), ends(run, 1)]).toEqual([true, false]);
  });

  test('R15: not before anyone has touched the page, and not while a task only runs', () => {
    const run = new Run({vcpus: 2});
    expect(ends(run)).toBe(false);
    run.dispatch(0, 0);
    expect(ends(run, 0)).toBe(false);
  });

  test('R15, Q4: not where it begins with the delivery', () => {
    expect(ends(start({ioStart: 'delivery'}))).toBe(false);
  });

  test('R15: not where the hardware answers, and the host learns of it by a hypercall (ve)', () => {
    for (const ioStart of ['fault', 'delivery'] as const) {
      expect(ends(touched(fresh(ve, {vcpus: 2, ioStart})))).toBe(false);
    }
  });
});
