import {describe, expect, test} from 'vitest';
import {A, Pc, V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {takeEarly} from '../../src/engine/protocols/pnp/sleepers.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {guestSteps, Run, withGuest} from './driver.js';

/** A guest whose handler gives the structure back first, and copies what is in it then. */
const clearsBeforeCopy = withGuest({
  copy: (state, vcpu, sink) => {
    const v = state.vcpu(vcpu);
    if (state.cells[v + V.inuse] === 0) return guestSteps.copy(state, vcpu, sink);
    state.put(v + V.inuse, 0);
  },
  inuse: (state, vcpu) => state.put(state.actor(state.currentActor(vcpu)) + A.pc, Pc.iret),
});

const dropsEarly = withGuest({
  park: (state, vcpu, sink) => {
    takeEarly(state, vcpu, state.cells[state.actor(state.currentActor(vcpu)) + A.token]);
    guestSteps.park(state, vcpu, sink);
  },
});

/** Two tasks fault one after the other; if a handler can be preempted before it has copied, it is. Both pages come. */
function faultTwice(handlerInterrupts: boolean, port: ProtocolPort): Run {
  const run = new Run({handlerInterrupts}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.take('copy', {vcpu: 0});
  if (run.can('dispatch', {vcpu: 0, task: 1})) {
    run.dispatch(0, 1);
    run.fault(0, 2);
  }
  run.settle();
  if (run.of('fault').length === 1) run.park(0, 1, 2);
  for (const page of [1, 2]) if (run.can('completion', {page, result: 0})) run.complete(page, 0);
  run.settle();
  return run;
}

/** The page comes while the handler is between copy and park; READY is taken there if it can be. */
function comeBeforePark(handlerInterrupts: boolean, port: ProtocolPort): Run {
  const run = new Run({handlerInterrupts}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.step(0, 'copy');
  run.complete(1, 0);
  run.settle();
  return run;
}

describe('A.5.2: what only a handler that enables interrupts can show', () => {
  test('A.5.2, R7: clearing inuse before copying loses a task, for the structure is filled out anew', () => {
    const run = faultTwice(true, clearsBeforeCopy);
    expect(run.of('delivery').map((row) => row.task)).toEqual([0, 1]);
    expect(run.parked.length).toBe(1);
  });

  test('A.5.2: clearing inuse before copying does no harm while IF is clear', () => {
    const run = faultTwice(false, clearsBeforeCopy);
    expect(run.of('retire').length).toBe(2);
    expect(run.parked).toEqual([]);
  });

  test('A.5.2: copying before clearing loses nobody either way', () => {
    expect(faultTwice(true, pnp).of('retire').length).toBe(2);
    expect(faultTwice(false, pnp).of('retire').length).toBe(2);
  });

  test('A.5.2: dropping an early resolution strands one', () => {
    const run = comeBeforePark(true, dropsEarly);
    expect(run.of('consume')).toMatchObject([{value: 0}]);
    expect(run.parked).toEqual([0]);
  });

  test('A.5.2: with IF clear no resolution is early for the guest, and none can be dropped', () => {
    const run = comeBeforePark(false, dropsEarly);
    expect(run.of('consume')).toMatchObject([{value: 1}]);
    expect(run.of('retire').length).toBe(1);
  });

  test('A.5.7: a READY nested in the handler frees the token while its frame is on the stack', () => {
    const run = new Run({tokens: 1, handlerInterrupts: true});
    run.dispatch(0, 0);
    run.fault(0, 1);
    for (const kind of ['copy', 'park'] as const) run.step(0, kind);
    run.complete(1, 0);
    run.interrupt(0);
    for (const kind of ['consume', 'unpark', 'iret', 'inuse'] as const) run.step(0, kind);
    run.dispatch(0, 1);
    run.fault(0, 2);
    const frames = [0, 1].filter((task) => run.state.cells[run.state.actor(task) + A.pc] !== Pc.none);
    expect(run.of('delivery').length).toBe(2);
    expect(frames).toEqual([0, 1]); // two frames with N = 1
  });
});
