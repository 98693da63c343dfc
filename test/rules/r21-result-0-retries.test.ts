import {describe, expect, test} from 'vitest';
import {A, Access} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {guestSteps, Run, type SeenRow, withGuest} from './driver.js';

/** R21: a task whose token was resolved with 0 tries its access again. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind !== 'consume' || row.result !== 0) return true;
    const later = rows.slice(index).filter((next) => next.fault === row.fault);
    return later.some((next) => next.kind === 'retry' && next.page === row.page && next.task === row.task);
  });
}

function completeWell(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.park(0, 0, 1);
  run.complete(1, 0);
  run.ready(0, 0);
  return run;
}

describe('R21: result 0 means try again', () => {
  test('R21: the task retries and its access goes through', () => {
    const run = completeWell(pnp);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'retire']);
    expect(holds(run.rows)).toBe(true);
  });

  test('R21: a page that is gone again by the retry is a new fault', () => {
    const run = new Run();
    run.park(0, 0, 1);
    run.complete(1, 0);
    run.evict(1);
    run.ready(0, 0);
    expect(run.kinds.slice(-2)).toEqual(['retry', 'fault']);
    const [first, second] = run.of('fault');
    expect(second.cause).toBe(run.of('retry')[0].seq);
    expect(run.of('retry')[0].fault).toBe(first.seq);
    expect(holds(run.rows)).toBe(true);
  });

  test('R21 broken: the guest gives the access up though the page is there', () => {
    const run = completeWell(
      withGuest({
        unpark: (state, vcpu, sink) => {
          guestSteps.unpark(state, vcpu, sink);
          state.put(state.actor(0) + A.access, Access.abandon);
        },
      }),
    );
    expect(run.of('abandon').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });
});
