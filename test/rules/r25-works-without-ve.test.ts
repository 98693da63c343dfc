import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import type {KindName} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {Run, withHost} from './driver.js';

/** What a machine needs an exception like #VE or #MC for, or what only the #VE protocol has. */
const exceptions: readonly KindName[] = ['recovery', 'busy', 'hypercall'];

/** R25: the run had no need of an exception, and the guest lives. */
function holds(run: Run): boolean {
  return !run.state.dead && run.kinds.every((kind) => !exceptions.includes(kind));
}

/** A task meets a page that comes, and one that has failed. */
function meetBoth(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.park(0, 0, 1);
  run.complete(1, 0);
  run.ready(0, 0);
  run.fault(0, 2);
  run.steps(0);
  run.complete(2, 1);
  run.settle();
  return run;
}

/** Tells of absent pages, and keeps failed ones for an exception. */
const tellsByException = withHost({
  gate(state, vcpu) {
    const page = state.accessPage(state.currentActor(vcpu));
    return page === 2 ? Reason.interrupts_off : pnp.host.gate(state, vcpu);
  },
});

describe('R25: it works without #VE and #MC', () => {
  test('R25: page-not-present, ring and READY tell of pages that come and of pages that failed', () => {
    const run = meetBoth(pnp);
    expect(run.of('resolution').map((row) => row.result)).toEqual([0, 1]);
    expect(run.of('retire')).toMatchObject([{page: 1}]);
    expect(run.of('abandon')).toMatchObject([{page: 2}]);
    expect(holds(run)).toBe(true);
  });

  test('R25 broken: a host that leaves failed pages to an exception kills a guest that has none', () => {
    const run = meetBoth(tellsByException);
    expect(run.of('kill')).toMatchObject([{reason: 'known_failed'}]);
    expect(holds(run)).toBe(false);
  });
});
