import {describe, expect, test} from 'vitest';
import {Page} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Reason} from '../../src/protocol/reasons.js';
import {knownFailed, Run, type SeenRow, withHost} from './driver.js';

/**
 * R23: the host does not remember what it has told the guest: each access to a failed page is attempted as the first
 * was. In these runs every gate is open, so each attempt ends in a delivery of its own, resolved with 1.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind !== 'access' || !knownFailed(rows, row.page, index)) return true;
    const fault = rows[index + 1];
    const ofFault = rows.filter((later) => later.fault === fault.seq);
    const resolution = ofFault.find((later) => later.kind === 'resolution');
    return fault.kind === 'fault' && ofFault.some((later) => later.kind === 'delivery') && resolution?.result === 1;
  });
}

/** The task touches page 1, which fails, and then once more and once more. */
function touchThrice(port: ProtocolPort): Run {
  const run = new Run({recovery: true}, port);
  run.fail(0, 0, 1);
  for (let again = 0; again < 2; again++) {
    run.fault(0, 1);
    run.settle();
  }
  return run;
}

describe('R23: a failed page is attempted again at each access', () => {
  test('R23: three accesses, three deliveries, three tokens, and each is told that the page has failed', () => {
    const run = touchThrice(pnp);
    expect(run.of('delivery').map((row) => row.token)).toEqual([1, 2, 3]);
    expect(run.of('resolution').map((row) => row.result)).toEqual([1, 1, 1]);
    expect(run.of('abandon').length).toBe(3);
    expect(holds(run.rows)).toBe(true);
  });

  test('R23 broken: a host that remembers does not deliver for a page that it has reported', () => {
    const run = touchThrice(
      withHost({
        gate: (state, vcpu) => {
          const failed = state.pageState(state.accessPage(state.currentActor(vcpu))) === Page.failed;
          return failed ? Reason.known_failed : pnp.host.gate(state, vcpu);
        },
      }),
    );
    expect(run.of('delivery').length).toBe(1);
    expect(run.of('recovery').length).toBe(2);
    expect(holds(run.rows)).toBe(false);
  });
});
