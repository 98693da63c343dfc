import {describe, expect, test} from 'vitest';
import {protocol as apfInt} from '../../src/engine/protocols/apf-int/protocol.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {booted} from '../protocols/kvm-driver.js';
import {IF, MOVSS, Run, type SeenRow, STI, TPR, withGuest} from './driver.js';

/** R26: every interrupt of a device that arrives while the vCPU waits is served before the wait's page is there. */
function holds(rows: readonly SeenRow[]): boolean {
  const end = rows.find((row) => row.kind === 'completion')?.seq ?? rows.length;
  const before = rows.filter((row) => row.seq < end);
  const count = (kind: string) => before.filter((row) => row.kind === kind).length;
  return count('device') === count('serve');
}

/** The only task is parked, the vCPU waits; an interrupt of a device arrives, and the vCPU does what it can. */
function interruptWait(wait: EngineConfig['wait'], port: ProtocolPort = pnp): Run {
  const run = new Run({tasks: 1, wait}, port);
  run.park(0, 0, 1);
  if (run.can('halt', {vcpu: 0})) run.halt(0);
  run.take('device', {vcpu: 0});
  for (const kind of ['resume', 'serve', 'halt'] as const) if (run.can(kind, {vcpu: 0})) run.take(kind, {vcpu: 0});
  return run;
}

describe('R26: a guest that waits in HLT goes on serving interrupts', () => {
  test('R26: HLT ends for an interrupt of a device, which is served at once; then the vCPU waits again', () => {
    const run = interruptWait('hlt');
    expect(run.kinds.slice(-5)).toEqual(['halt', 'device', 'resume', 'serve', 'halt']);
    const [device] = run.of('device');
    expect(run.of('resume')).toMatchObject([{reason: 'interrupt', cause: device.seq}]);
    expect(run.of('serve')).toMatchObject([{value: 0}]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R26: a suspension by hypercall goes on, and what came is served after it', () => {
    const run = interruptWait('hypercall');
    expect(run.kinds.slice(-2)).toEqual(['halt', 'device']);
    run.complete(1, 0);
    expect(holds(run.rows)).toBe(false);
    run.resume(0);
    expect(run.of('resume')).toMatchObject([{reason: 'interrupt', cause: run.of('raise')[0].seq}]);
    run.step(0, 'serve');
    expect(run.of('serve')).toMatchObject([{value: 0}]);
  });

  test('R26: an NMI ends HLT, and no suspension', () => {
    for (const wait of ['hlt', 'hypercall'] as const) {
      const run = new Run({tasks: 1, wait});
      run.park(0, 0, 1);
      expect(run.can('nmi', {vcpu: 0})).toBe(true);
      run.halt(0);
      expect({wait, canCome: run.can('nmi', {vcpu: 0})}).toEqual({wait, canCome: wait === 'hlt'});
    }
  });

  test('R26: an NMI ends the artificial halt of Linux, and no other sleep of the host', () => {
    const halted = booted(apfInt);
    halted.park(0, 0, 1);
    halted.dispatch(0, 1);
    halted.fault(0, 1); // queued already
    expect(halted.of('sleep')).toMatchObject([{reason: 'artificial_halt'}]);
    const asleep = new Run();
    asleep.dispatch(0, 0);
    asleep.mask(0, 0);
    asleep.fault(0, 1);
    expect(asleep.of('sleep').length).toBe(1);
    const exited = new Run();
    exited.dispatch(0, 0);
    exited.access(0, 1); // the host has yet to answer
    expect([halted, asleep, exited].map((run) => run.can('nmi', {vcpu: 0}))).toEqual([true, false, false]);
  });

  test('R26: a vCPU waits once, with nothing to run, and not while the host has it', () => {
    const run = new Run({tasks: 2, tokens: 1});
    run.dispatch(0, 0);
    expect(run.can('halt', {vcpu: 0})).toBe(false);
    run.fault(0, 1);
    run.steps(0);
    run.halt(0);
    expect(run.can('halt', {vcpu: 0})).toBe(false);
    run.complete(1, 0);
    run.resume(0);
    expect(run.can('resume', {vcpu: 0})).toBe(false);
    run.settle();
    run.dispatch(0, 1);
    run.mask(0, 0);
    run.fault(0, 2); // IF=0: the host puts it to sleep
    expect([run.can('halt', {vcpu: 0}), run.can('resume', {vcpu: 0})]).toEqual([false, false]);
  });

  test('R26 broken: a guest that waits in HLT with interrupts off serves none', () => {
    const deaf = withGuest({interruptible: (state, vcpu) => state.cells[state.layout.devices + vcpu] === 0});
    expect(holds(interruptWait('hlt', deaf).rows)).toBe(false);
  });

  test('A.5.6: the test and the wait are one step: none begins while an interrupt of a device pends', () => {
    for (const wait of ['hlt', 'hypercall'] as const) {
      const run = new Run({tasks: 1, wait});
      run.park(0, 0, 1);
      run.take('device', {vcpu: 0});
      expect(run.can('halt', {vcpu: 0})).toBe(false);
      run.step(0, 'serve');
      expect(run.can('halt', {vcpu: 0})).toBe(true);
    }
  });
});

describe('R20: an interrupt of a device is a normal interrupt too', () => {
  test.each([0, IF | STI, IF | MOVSS, IF | TPR])('R20: mask %i: it pends, and is served when the vCPU can', (mask) => {
    const run = new Run();
    run.dispatch(0, 0);
    run.mask(0, mask);
    run.take('device', {vcpu: 0});
    expect(run.can('serve', {vcpu: 0})).toBe(false);
    run.mask(0, IF);
    run.step(0, 'serve');
    expect(run.of('serve')).toMatchObject([{task: 0, value: 0}]);
  });

  test('R20: not in an NMI handler, nor in a page-not-present handler that keeps IF clear', () => {
    for (const handlerInterrupts of [false, true]) {
      const run = new Run({handlerInterrupts});
      run.dispatch(0, 0);
      run.fault(0, 1);
      run.take('device', {vcpu: 0});
      expect(run.can('serve', {vcpu: 0})).toBe(handlerInterrupts);
      run.nmi(0);
      expect(run.can('serve', {vcpu: 0})).toBe(false);
    }
  });

  test('R20: not while the host has the vCPU asleep, and none is lost: they are counted', () => {
    const run = new Run({tokens: 0});
    run.dispatch(0, 0);
    run.fault(0, 1);
    for (let count = 0; count < 3; count++) run.take('device', {vcpu: 0});
    expect(run.can('serve', {vcpu: 0})).toBe(false);
    run.complete(1, 0);
    for (let count = 0; count < 3; count++) run.step(0, 'serve');
    expect(run.of('device').map((row) => row.value)).toEqual([1, 2, 3]);
    expect(run.of('serve').map((row) => row.value)).toEqual([2, 1, 0]);
    expect(run.can('serve', {vcpu: 0})).toBe(false);
  });
});
