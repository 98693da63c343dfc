import {describe, expect, test} from 'vitest';
import {begin, send} from '../../src/engine/emit.js';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {Row} from '../../src/protocol/row.js';
import {Run, type SeenRow, withHost} from './driver.js';

/** R4: `inuse` goes from 1 to 0 by the guest's hand only. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row) => row.kind !== 'inuse' || row.value !== 0 || (row.reason === 'by_guest' && row.choice));
}

/** The page comes while the handler has not copied yet. */
function completeBeforeCopy(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.dispatch(0, 0);
  run.fault(0, 1);
  run.complete(1, 0);
  return run;
}

describe('R4: only the guest clears inuse', () => {
  test('R4: the resolution leaves inuse alone, the handler clears it', () => {
    const run = completeBeforeCopy(pnp);
    expect(run.of('resolution').length).toBe(1);
    expect(run.state.cells[run.state.vcpu(0) + V.inuse]).toBe(1);
    run.steps(0);
    expect(run.state.cells[run.state.vcpu(0) + V.inuse]).toBe(0);
    expect(run.of('inuse').filter((row) => row.value === 0)).toMatchObject([{reason: 'by_guest', choice: true}]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R4 broken: a host that takes the structure back when the page comes', () => {
    const run = completeBeforeCopy(
      withHost({
        complete: (state, page, result, sink) => {
          pnp.host.complete(state, page, result, sink);
          state.put(state.vcpu(0) + V.inuse, 0);
          const row = begin(state, Kind.inuse, 0);
          row[Row.reason] = Reason.by_host;
          row[Row.value] = 0;
          send(state, sink);
        },
      }),
    );
    expect(run.state.cells[run.state.vcpu(0) + V.inuse]).toBe(0);
    expect(holds(run.rows)).toBe(false);
  });
});
