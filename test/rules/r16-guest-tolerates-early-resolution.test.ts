import {describe, expect, test} from 'vitest';
import {A, V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {takeEarly} from '../../src/engine/protocols/pnp/sleepers.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {guestSteps, Run, type SeenRow, withGuest} from './driver.js';

/** R16: a task does not go to sleep on a token whose resolution the guest has consumed already. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind !== 'park') return true;
    const early = rows
      .slice(0, index)
      .some((earlier) => earlier.kind === 'consume' && earlier.vcpu === row.vcpu && earlier.token === row.token);
    return row.value === (early ? 0 : 1);
  });
}

/**
 * The handler has set IF: READY for its own page comes before it has parked the task. With a handler that keeps IF
 * clear a resolution never reaches the guest before the task is parked (protocol.md A.5.2).
 */
function consumeBeforePark(port: ProtocolPort): Run {
  const run = new Run({handlerInterrupts: true}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.step(0, 'copy');
  run.complete(1, 0);
  run.interrupt(0);
  run.step(0, 'consume');
  run.steps(0);
  return run;
}

describe('R16: the guest tolerates a resolution for a token that it has not parked yet', () => {
  test('R16: the handler finds the early resolution, the task does not sleep', () => {
    const run = consumeBeforePark(pnp);
    expect(run.of('consume')).toMatchObject([{token: 1, value: 0}]);
    expect(run.of('park')).toMatchObject([{token: 1, value: 0, reason: 'early'}]);
    expect(run.kinds.slice(-4)).toEqual(['inuse', 'iret', 'retry', 'retire']);
    expect(run.parked).toEqual([]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R16 broken: a guest that does not look for an early resolution strands the task', () => {
    const run = consumeBeforePark(
      withGuest({
        park: (state, vcpu, sink) => {
          takeEarly(state, vcpu, state.cells[state.actor(state.currentActor(vcpu)) + A.token]);
          guestSteps.park(state, vcpu, sink);
        },
      }),
    );
    run.settle();
    expect(run.of('park')).toMatchObject([{value: 1}]);
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R16 broken: a guest that drops the resolution of a token it does not know strands the task', () => {
    const run = consumeBeforePark(
      withGuest({
        consume: (state, vcpu, sink) => {
          const tail = state.cells[state.vcpu(vcpu) + V.tail];
          guestSteps.consume(state, vcpu, sink);
          takeEarly(state, vcpu, tail + 1); // tokens are handed out in order: the first entry has token 1
        },
      }),
    );
    run.settle();
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });
});
