import {describe, expect, test} from 'vitest';
import {A, Access, Page} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {guestSteps, Run, type SeenRow, withGuest, withHost} from './driver.js';

/** R22: a token resolved with 1 says that the page is failed: the access is given up, and no access to it ever goes through. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind !== 'consume' || row.result !== 1) return true;
    const later = rows.slice(index);
    const next = later.find((step) => step.fault === row.fault && (step.kind === 'abandon' || step.kind === 'retry'));
    return next?.kind === 'abandon' && !later.some((step) => step.kind === 'retire' && step.page === row.page);
  });
}

/** The I/O fails; the task touches the page once more. */
function failThenTouch(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.fail(0, 0, 1);
  if (run.can('access', {vcpu: 0, page: 1})) run.access(0, 1);
  return run;
}

describe('R22: result 1 means that the page has failed', () => {
  test('R22: the access is given up, and the page is not available to the next one either', () => {
    const run = failThenTouch(pnp);
    expect(run.of('unpark')).toMatchObject([{result: 1}]);
    expect(run.of('abandon')).toMatchObject([{page: 1, result: 1}]);
    expect(run.rows.at(-1)?.kind).toBe('fault');
    expect(run.can('completion', {page: 1, result: 0})).toBe(false);
    expect(run.can('eviction', {page: 1})).toBe(false);
    expect(holds(run.rows)).toBe(true);
  });

  test('R22 broken: a guest that tries a failed page again', () => {
    const run = failThenTouch(
      withGuest({
        unpark: (state, vcpu, sink) => {
          guestSteps.unpark(state, vcpu, sink);
          state.put(state.actor(0) + A.access, Access.retry);
        },
      }),
    );
    expect(run.of('retry').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });

  test('R22 broken: a host for which the page is there after it said failed', () => {
    const run = failThenTouch(
      withHost({
        complete: (state, page, result, sink) => {
          pnp.host.complete(state, page, result, sink);
          state.setPageState(page, Page.present);
        },
      }),
    );
    expect(run.rows.at(-1)).toMatchObject({kind: 'retire', page: 1});
    expect(holds(run.rows)).toBe(false);
  });
});
