import {describe, expect, test} from 'vitest';
import {Page, T} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none} from '../../src/protocol/row.js';
import {Run, type SeenRow, withHost} from './driver.js';

/**
 * R15: a resolution may be written before its page-not-present is delivered. Such a token is as good as any: the
 * delivery follows, nobody is killed, and the access ends.
 */
function holds(rows: readonly SeenRow[]): boolean {
  const first = (kind: SeenRow['kind'], fault: number | null) =>
    rows.find((row) => row.kind === kind && row.fault === fault)?.seq ?? Number.POSITIVE_INFINITY;
  return rows.every((row) => {
    if (row.kind !== 'delivery') return row.kind !== 'kill';
    const early = first('resolution', row.fault) < row.seq;
    const ended = Math.min(first('retire', row.fault), first('abandon', row.fault)) < Number.POSITIVE_INFINITY;
    return early && ended;
  });
}

/** The page's I/O takes no time: it has ended before the host answers the fault. */
function completeBeforeAnswer(port: ProtocolPort, result: number): Run {
  const run = new Run({}, port);
  run.dispatch(0, 0);
  run.access(0, 1);
  run.complete(1, result);
  run.attempt(0);
  run.settle();
  return run;
}

describe('R15: a resolution may come before its page-not-present', () => {
  test.each([0, 1])('R15: result %d is written, then page-not-present delivered, and the access ends', (result) => {
    const run = completeBeforeAnswer(pnp, result);
    expect(run.kinds.slice(4, 9)).toEqual(['attempt', 'resolution', 'raise', 'inuse', 'delivery']);
    expect(run.of('resolution')).toMatchObject([{token: 1, result}]);
    expect(run.of('delivery')).toMatchObject([{token: 1}]);
    expect(run.rows.at(-1)?.kind).toBe(result === 0 ? 'retire' : 'abandon');
    expect(holds(run.rows)).toBe(true);
  });

  test('R15 broken: a host that takes the early write for a violation kills the guest', () => {
    const run = completeBeforeAnswer(
      withHost({
        resolve: (state, vcpu, slot, _result, cause, sink) => {
          const owner = state.cells[state.token(slot) + T.actor] - 1;
          pnp.host.kill(state, vcpu, owner, Reason.ring_overflow, none, cause, sink);
        },
      }),
      0,
    );
    expect(run.state.dead).toBe(true);
    expect(holds(run.rows)).toBe(false);
  });

  test('R15 broken: a host that writes only on completion never resolves a page that is ready at the delivery', () => {
    const run = completeBeforeAnswer(
      withHost({
        deliver: (state, vcpu, sink) => {
          const page = state.accessPage(state.currentActor(vcpu));
          state.setPageState(page, Page.inFlight);
          pnp.host.deliver(state, vcpu, sink);
          state.setPageState(page, Page.present);
        },
      }),
      0,
    );
    expect(run.parked).toEqual([0]);
    expect(holds(run.rows)).toBe(false);
  });
});
