import {describe, expect, test} from 'vitest';
import {misbehaving} from '../../src/engine/misbehave.js';
import {protocol} from '../../src/engine/protocols/pnp/protocol.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {misbehaviourTable} from '../../src/protocol/misbehaviours.js';
import {Run, smallConfig} from '../rules/driver.js';

const entries = misbehaviourTable.filter((entry) => entry.protocol === 'pnp');

/** Drives a misbehaving engine by hand. */
function byHand(bug: string, config: Partial<EngineConfig> = {}): Run {
  const {party} = entries.find(({name}) => name === bug) as {party: 'host' | 'guest'};
  const whole = {...config, misbehave: [{party, bug, after: 0}]};
  return new Run(whole, misbehaving(protocol, {...smallConfig, ...whole}));
}

describe('what comes of it', () => {
  test('R18: a token too many overflows the ring, and the guest is killed', () => {
    const run = byHand('ring_overflow', {tokens: 1});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    expect(run.of('delivery').map(({token}) => token)).toEqual([1, 2]);
    run.complete(1, 0);
    run.complete(2, 0);
    expect(run.of('resolution').length).toBe(1);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_overflow', token: 2, task: 1, page: 2}]);
  });

  test('R8: a token too many is consumed and wakes its task, if the ring has room by then', () => {
    const run = byHand('ring_overflow', {tokens: 1});
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(2, 0);
    run.settle();
    run.complete(1, 0);
    run.settle();
    expect(run.of('unpark').map(({task, token}) => [task, token])).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(run.of('kill')).toEqual([]);
  });

  test('Q24: the entry after a corrupt index kills the guest', () => {
    const run = byHand('corrupt_ring_index');
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.settle();
    run.complete(2, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_corrupt', token: 2}]);
  });

  test('Q8: a payload that comes late strands the task: the guest has consumed token 0', () => {
    const run = byHand('payload_late');
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.settle();
    expect(run.of('consume')).toMatchObject([{token: 0, result: 0, value: 0}]);
    expect(run.parked).toEqual([0]);
  });

  test('Q8: data that comes late parks the task under token 0', () => {
    const run = byHand('data_late');
    run.park(0, 0, 1);
    expect(run.of('delivery')).toMatchObject([{token: 1, page: 1}]);
    expect(run.of('copy')).toMatchObject([{token: 0, page: 0}]);
    expect(run.of('park')).toMatchObject([{token: 0}]);
  });

  test('Q22: inuse is cleared before the copy, and not again after it', () => {
    const run = byHand('inuse_cleared_early');
    run.park(0, 0, 1);
    const handler = run.kinds.slice(run.kinds.indexOf('delivery') + 1);
    expect(handler).toEqual(['inuse', 'misbehave', 'copy', 'park', 'iret']);
  });

  test('a guest that never clears inuse gets one page-not-present, and its later faults sleep (E24)', () => {
    const run = byHand('inuse_never_cleared');
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.access(0, 2);
    run.attempt(0);
    expect(run.of('inuse').map(({value}) => value)).toEqual([1]);
    expect(run.of('deferral')).toMatchObject([{reason: 'in_use'}]);
    run.complete(2, 0);
    expect(run.of('wakeup').length).toBe(1);
  });

  test('a double resolution strands nobody and leaves an early entry (A.5.8)', () => {
    const run = byHand('double_resolve');
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.settle();
    expect(run.of('consume').map(({token, value}) => [token, value])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(run.parked).toEqual([]);
  });
});
