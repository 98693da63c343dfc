import {describe, expect, test} from 'vitest';
import {A, Pc, V} from '../../src/engine/layout.js';
import {resolvesTwice} from './broken-hosts.js';
import {guestSteps, Run, withGuest} from './driver.js';

/** A READY handler that wakes a parked task, but not the one whose token it read. */
const wakesAnother = withGuest({
  consume: (state, vcpu, sink) => {
    guestSteps.consume(state, vcpu, sink);
    const irqActor = state.vcpu(vcpu) + V.irqActor;
    const other = state.cells[irqActor] === 1 ? 2 : 1;
    const parked = state.cells[state.vcpu(vcpu) + V.parked];
    if (state.cells[irqActor] !== 0 && parked > 1) state.put(irqActor, other);
  },
});

describe('A.5.8: what a double resolution and a stuck inuse do, and do not do', () => {
  test('A.5.8: a double resolution strands nobody, and leaves a stale early entry', () => {
    const run = new Run({tokens: 2}, resolvesTwice());
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.settle();
    expect(run.of('retire').length).toBe(1);
    expect(run.of('consume').map((row) => [row.token, row.value])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(run.state.cells[run.state.vcpu(0) + V.early]).toBe(1);
  });

  test('A.5.8: a double resolution wakes the next user of its token too early', () => {
    const run = new Run({tokens: 2}, resolvesTwice());
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.settle();
    run.state.put(run.state.vcpu(0) + V.lastToken, 0); // as if all other numbers had been handed out since
    run.dispatch(0, 1);
    run.fault(0, 2);
    run.steps(0);
    expect(run.of('park').at(-1)).toMatchObject({task: 1, token: 1, value: 0, reason: 'early'});
    expect(run.kinds.slice(-2)).toEqual(['retry', 'fault']); // it tried again, and its page was not there
  });

  test('A.5.8: a double resolution overflows the ring, and so do too many tokens (R18)', () => {
    const run = new Run({tokens: 2}, resolvesTwice());
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    expect(run.of('kill')).toEqual([]);
    run.complete(2, 0);
    expect(run.of('kill')).toMatchObject([{reason: 'ring_overflow'}]);
  });

  test('A.5.8: inuse that is never cleared strands nobody: later faults sleep', () => {
    const neverClears = withGuest({
      inuse: (state, vcpu) => state.put(state.actor(state.currentActor(vcpu)) + A.pc, Pc.iret),
    });
    const run = new Run({}, neverClears);
    run.park(0, 0, 1);
    run.dispatch(0, 1);
    run.fault(0, 2);
    expect(run.of('deferral')).toMatchObject([{reason: 'in_use'}]);
    run.complete(2, 0);
    run.complete(1, 0);
    run.settle();
    expect(run.of('retire').map((row) => row.task)).toEqual([1, 0]);
    expect(run.of('inuse').filter((row) => row.value === 0)).toEqual([]);
  });

  test('A.5.8: waking the wrong task needs two parked tasks to show', () => {
    const one = new Run({}, wakesAnother);
    one.park(0, 0, 1);
    one.complete(1, 0);
    one.settle();
    expect(one.of('retire').map((row) => row.task)).toEqual([0]);
    const two = new Run({}, wakesAnother);
    two.park(0, 0, 1);
    two.park(0, 1, 2);
    two.complete(1, 0);
    two.settle();
    expect(two.of('retire')).toEqual([]); // the task that woke finds its page absent and faults once more
    expect(two.of('unpark')).toMatchObject([{task: 1, page: 2}]);
    expect(two.parked).toContain(0);
  });
});
