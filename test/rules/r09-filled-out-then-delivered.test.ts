import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Row} from '../../src/protocol/row.js';
import {Run, type SeenRow, withHost} from './driver.js';

/**
 * R9: with every gate open the structure is filled out (token, addresses, inuse = 1), then the event is delivered, and
 * its token is outstanding: the guest copies the token and the page of its own fault.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind === 'attempt') return rows.some((later) => later.kind === 'delivery' && later.fault === row.fault);
    if (row.kind === 'delivery') {
      const before = rows[index - 1];
      return before.kind === 'inuse' && before.value === 1 && before.fault === row.fault && (row.token ?? 0) > 0;
    }
    if (row.kind !== 'copy') return true;
    const delivery = rows.find((earlier) => earlier.kind === 'delivery' && earlier.fault === row.fault);
    return delivery?.token === row.token && delivery?.page === row.page;
  });
}

/** Every gate is open; the handler copies as soon as it runs. */
function deliverAndCopy(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.step(0, 'copy');
  return run;
}

describe('R9: the structure is filled out, then page-not-present is delivered', () => {
  test('R9: inuse, then the delivery; the guest copies what was delivered', () => {
    const run = deliverAndCopy(pnp);
    expect(run.kinds).toEqual(['dispatch', 'access', 'fault', 'attempt', 'inuse', 'delivery', 'copy']);
    expect(run.of('copy')).toMatchObject([{token: 1, page: 1}]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R9 broken: the token is not in the structure when the event is delivered', () => {
    const run = deliverAndCopy(
      withHost({
        deliver: (state, vcpu, sink) => {
          pnp.host.deliver(state, vcpu, sink);
          state.put(state.vcpu(vcpu) + V.dataToken, 0);
        },
      }),
    );
    expect(run.of('copy')).toMatchObject([{token: 0}]);
    expect(holds(run.rows)).toBe(false);
    run.steps(0);
    run.complete(1, 0);
    run.settle();
    expect(run.parked).toEqual([0]);
  });

  test('R9 broken: the address is that of another fault', () => {
    const run = deliverAndCopy(
      withHost({
        deliver: (state, vcpu, sink) => {
          pnp.host.deliver(state, vcpu, sink);
          state.put(state.vcpu(vcpu) + V.dataPage, 3);
        },
      }),
    );
    expect(run.of('copy')).toMatchObject([{page: 3}]);
    expect(holds(run.rows)).toBe(false);
  });

  test('R9 broken: inuse is set after the event is delivered', () => {
    const run = deliverAndCopy(
      withHost({
        deliver: (state, vcpu, sink) => {
          const late: Float64Array[] = [];
          const inuseLast = (row: Float64Array) =>
            row[Row.kind] === Kind.inuse ? late.push(row.slice()) : sink.row(row);
          pnp.host.deliver(state, vcpu, {row: inuseLast});
          for (const row of late) sink.row(row);
        },
      }),
    );
    expect(run.kinds.slice(-3)).toEqual(['delivery', 'inuse', 'copy']);
    expect(holds(run.rows)).toBe(false);
  });

  test('R9 broken: a host that never delivers, with every gate open', () => {
    const port = withHost({deliver: (state, vcpu, sink) => pnp.host.defer(state, vcpu, 0, sink)});
    const run = new Run({}, port);
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(run.of('sleep').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });
});
