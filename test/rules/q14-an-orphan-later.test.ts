import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {IF, Run} from './driver.js';

/*
 * Q14, deliver_later: a fault whose page came before its answer is resolved at once; where its page-not-present cannot be
 * delivered then, it is delivered to whichever task runs later, and says what it would have said.
 */

const touched = {page: 1, offset: 0x123, gva: 0x7f12_89ab_c123};

/** With IF=0 task `vcpu` of a vCPU touches a page, which comes before the host has answered; the task goes on without. */
function orphan(run: Run, vcpu: number, access: Parameters<Run['take']>[1] = touched): void {
  run.dispatch(vcpu, vcpu);
  run.mask(vcpu, 0);
  run.take('access', {vcpu, ...access});
  run.complete(access?.page ?? 0, 0);
  run.attempt(vcpu);
  run.steps(vcpu);
}

function withOrphans(config: Partial<EngineConfig> = {}): Run {
  return new Run({earlyOrphan: 'deliver_later', ...config});
}

describe('Q14, R15: an orphan that is delivered later', () => {
  test('R15, R9: its token, its fault and its address are those of its access', () => {
    const run = withOrphans();
    run.state.put(run.state.vcpu(0) + V.lastToken, 0x7fff_ffff);
    orphan(run, 0);
    const [fault] = run.of('fault');
    expect(run.of('deferral')).toMatchObject([{reason: 'interrupts_off', fault: fault.seq}]);
    expect(run.of('retire').length).toBe(1);
    expect(run.can('attempt', {vcpu: 0})).toBe(false);
    run.mask(0, IF);
    run.attempt(0);
    const {gva} = touched;
    expect(run.of('delivery')).toMatchObject([
      {token: 0x8000_0000, task: 0, fault: fault.seq, gpa: 0x1123, gva, reason: null},
    ]);
    run.step(0, 'copy');
    expect(run.of('copy')).toMatchObject([{token: 0x8000_0000, gpa: 0x1123, gva}]);
    run.step(0, 'park');
    run.step(0, 'inuse');
    run.step(0, 'iret');
    expect(run.can('attempt', {vcpu: 0})).toBe(false); // once
  });

  test.each([
    ['all_ones', 0xffff_ffff * 2 ** 32 + 0xffff_ffff],
    ['zero', 0],
    ['flag', null],
  ] as const)('R9, Q10: of an instruction fetch the guest is not told the virtual address: %s', (gvaUnknown, told) => {
    const run = withOrphans({gvaUnknown});
    orphan(run, 0, {...touched, value: 1});
    run.mask(0, IF);
    run.interrupt(0);
    run.step(0, 'consume');
    run.step(0, 'iret');
    run.attempt(0);
    expect(run.of('delivery')).toMatchObject([{gva: touched.gva}]); // the recorder knows
    run.step(0, 'copy');
    expect(run.of('copy')).toMatchObject([{gpa: 0x1123, gva: told}]);
    run.steps(0);
    run.take('access', {vcpu: 0, page: 2});
    run.attempt(0);
    run.step(0, 'copy');
    expect(run.of('copy')[1]).toMatchObject({gpa: 0x2000, gva: 0x2000});
  });

  test('R15: the task to which it is delivered has no access to retry', () => {
    const run = withOrphans();
    orphan(run, 0);
    run.mask(0, IF);
    run.interrupt(0);
    run.step(0, 'consume');
    run.step(0, 'iret');
    run.attempt(0);
    run.steps(0);
    expect(run.of('park')).toMatchObject([{value: 0, reason: 'early', fault: null}]);
    expect(run.kinds.slice(-1)).toEqual(['iret']);
  });
});

describe('Q14: the orphans of two vCPUs', () => {
  const config = {vcpus: 2, tasks: 4, tokens: 3, pages: 8};

  /** Two pages of vCPU 1 come, which leaves one entry of its ring that was never written. */
  function twoEntries(run: Run): void {
    for (const task of [2, 3]) {
      run.park(1, task, task + 2);
      run.complete(task + 2, 0);
      run.ready(1, task);
      run.exit(1);
    }
  }

  test('R17: the entry of one names its task', () => {
    const run = withOrphans(config);
    twoEntries(run);
    orphan(run, 1);
    run.mask(1, IF);
    run.interrupt(1);
    run.step(1, 'consume');
    expect(run.of('consume')[2]).toMatchObject({task: 1, value: 0});
  });

  test('R15: each is delivered with its own fault, whatever the other ring holds', () => {
    const run = withOrphans(config);
    twoEntries(run);
    orphan(run, 0);
    orphan(run, 1, {page: 2});
    const [mine, other] = run.of('fault').slice(2);
    for (const vcpu of [0, 1]) {
      run.mask(vcpu, IF);
      run.attempt(vcpu);
    }
    expect(run.of('delivery').slice(2)).toMatchObject([
      {vcpu: 0, fault: mine.seq, page: 1},
      {vcpu: 1, fault: other.seq, page: 2},
    ]);
  });
});
