import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {protocol as apfPf} from '../../src/engine/protocols/apf-pf/protocol.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {fresh} from '../protocols/kvm-driver.js';
import {Run} from './driver.js';

const tokenRows = ['delivery', 'copy', 'park', 'resolution', 'consume', 'unpark'] as const;

/** Sets the number of the token that was handed out last. */
function lastToken(run: Run, vcpu: number, number: number): void {
  run.state.put(run.state.vcpu(vcpu) + V.lastToken, number | 0);
}

function runAfter(number: number, config: Partial<EngineConfig> = {}): Run {
  const run = new Run(config);
  lastToken(run, 0, number);
  return run;
}

describe('R9, Q9: a token is 32 bits without a sign', () => {
  test('R9, R13, R16, R17, R20, R21: above 2^31 it is the same number in every row', () => {
    const run = runAfter(2 ** 31 - 1);
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.ready(0, 0);
    for (const kind of tokenRows) expect(run.of(kind).map(({token}) => token)).toEqual([2 ** 31]);
    expect(run.of('retire').length).toBe(1);
  });

  test('R9, R16: above 2^31, consumed before its task has parked', () => {
    const run = runAfter(2 ** 31 + 5, {handlerInterrupts: true});
    run.dispatch(0, 0);
    run.fault(0, 1);
    run.step(0, 'copy');
    run.complete(1, 0);
    run.settle();
    expect(run.of('consume')).toMatchObject([{token: 2 ** 31 + 6, value: 0}]);
    expect(run.of('park')).toMatchObject([{token: 2 ** 31 + 6, value: 0, reason: 'early'}]);
  });

  test('R9: monotone, then 1 again: neither 0 nor all ones', () => {
    const run = runAfter(2 ** 32 - 3, {tokens: 3, tasks: 3});
    for (const task of [0, 1, 2]) run.park(0, task, task + 1);
    expect(run.of('delivery').map(({token}) => token)).toEqual([2 ** 32 - 2, 1, 2]);
  });

  test('R9: id << 12 | vcpu, then id 1 again', () => {
    const run = new Run({vcpus: 2, tasks: 3, tokenAlloc: 'kvm', tokens: 3});
    lastToken(run, 1, 2 ** 20 - 2);
    for (const task of [0, 1, 2]) run.park(1, task, task + 1);
    expect(run.of('delivery').map(({token}) => token)).toEqual([0xfffff001, 0x1001, 0x2001]);
  });

  test.each([
    ['apf-int', apfInt],
    ['apf-pf', apfPf],
  ] as const)('PI-S6, LG-S6: %s, id << 12 | vcpu, then id 1 again', (_name, protocol) => {
    const run = fresh(protocol, {tasks: 3, tokens: 4});
    run.settle();
    lastToken(run, 0, 2 ** 20 - 2);
    for (const task of [0, 1, 2]) run.park(0, task, task + 1);
    expect(run.of('delivery').map(({token}) => token)).toEqual([0xfffff000, 0x1000, 0x2000]);
    run.complete(1, 0);
    run.settle();
    for (const kind of ['copy', 'park', 'unpark'] as const) expect(run.of(kind)[0].token).toBe(0xfffff000);
  });
});

describe('R13, Q30: a page that comes resolves its tokens in the order of their numbers, then vCPUs', () => {
  /** A task on each vCPU waits for page 1 under the token after the number. */
  function wait(...numbers: readonly number[]): Run {
    const run = new Run({vcpus: numbers.length, tasks: numbers.length});
    for (const [vcpu, number] of numbers.entries()) {
      lastToken(run, vcpu, number);
      run.park(vcpu, vcpu, 1);
    }
    run.complete(1, 0);
    return run;
  }
  const resolved = (run: Run) => run.of('resolution').map(({token, vcpu}) => [token, vcpu]);

  test('R13: numbers without a sign', () => {
    expect(resolved(wait(2 ** 31, 4, 9, 2 ** 31 - 2))).toEqual([
      [5, 1],
      [10, 2],
      [2 ** 31 - 1, 3],
      [2 ** 31 + 1, 0],
    ]);
  });

  test('R13: one above 2^31 comes last, whenever its task came', () => {
    expect(resolved(wait(4, 2 ** 31, 9))).toEqual([
      [5, 0],
      [10, 2],
      [2 ** 31 + 1, 1],
    ]);
  });

  test.each([apfInt, apfPf])('Q30: so do those of KVM, id << 12 | vcpu', (protocol) => {
    const run = fresh(protocol, {vcpus: 3, tasks: 3});
    run.settle();
    for (const [vcpu, id] of [5, 2 ** 19, 8].entries()) {
      lastToken(run, vcpu, id);
      run.park(vcpu, vcpu, 1);
    }
    run.complete(1, 0);
    const raised = run
      .of('raise')
      .slice(-3)
      .map(({vcpu}) => vcpu);
    expect(raised).toEqual([0, 2, 1]); // ids 6, 9 and 2^19 + 1
    run.settle();
    expect(run.parked).toEqual([]);
    expect(run.of('retire').length).toBe(3);
  });

  test('R17, R18, Q24: the row that kills names the token without a sign', () => {
    const run = runAfter(2 ** 31 + 8);
    run.park(0, 0, 1);
    run.state.put(run.state.vcpu(0) + V.tail, 7);
    run.complete(1, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_corrupt', token: 2 ** 31 + 9}]);
  });

  test('R13: of one number, the lower vCPU first', () => {
    expect(resolved(wait(7, 7, 3, 7))).toEqual([
      [4, 2],
      [8, 0],
      [8, 1],
      [8, 3],
    ]);
  });

  test.each([
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ])('R13: of one number, with one token a vCPU, who came in the order %i %i %i', (...order) => {
    const run = new Run({vcpus: 3, tasks: 3, tokens: 1});
    for (const vcpu of order) run.park(vcpu, vcpu, 1);
    run.complete(1, 0);
    expect(resolved(run)).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });

  test('R13: of one number, whoever came first', () => {
    const run = new Run({vcpus: 3, tasks: 3});
    for (const vcpu of [2, 0, 1]) run.park(vcpu, vcpu, 1);
    run.complete(1, 0);
    expect(resolved(run)).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });
});
