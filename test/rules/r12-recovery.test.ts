import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {killAtOnce, sleepForFailed} from './broken-hosts.js';
import {knownFailed, Run, type SeenRow, withHost} from './driver.js';

/**
 * R12: page-not-present cannot be delivered, the page is known to have failed and the host has a recovery: the guest
 * gets a fault for it, nobody is killed, and the access is given up.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind === 'kill') return false;
    if (row.kind !== 'deferral' || !knownFailed(rows, row.page, index)) return true;
    const ofFault = rows.slice(index + 1).filter((later) => later.fault === row.fault);
    return ofFault[0]?.kind === 'recovery' && ofFault[1]?.kind === 'abandon';
  });
}

/** The task learns that page 1 has failed, and touches it again with IF clear. */
function touchFailedWithoutIf(port: ProtocolPort): Run {
  const run = new Run({recovery: true}, port);
  run.fail(0, 0, 1);
  run.mask(0, 0);
  run.fault(0, 1);
  run.steps(0);
  return run;
}

describe('R12: with recovery an undeliverable failed page is a fault of the guest', () => {
  test('R12: deferral, recovery, and the task goes on', () => {
    const run = touchFailedWithoutIf(pnp);
    expect(run.kinds.slice(-3)).toEqual(['deferral', 'recovery', 'abandon']);
    run.access(0, 0);
    expect(run.rows.at(-1)?.kind).toBe('retire');
    expect(holds(run.rows)).toBe(true);
  });

  test('R12: a vCPU that slept when its I/O failed wakes for the recovery', () => {
    const run = new Run({recovery: true});
    run.dispatch(0, 0);
    run.mask(0, 0);
    run.fault(0, 1);
    run.complete(1, 1);
    run.steps(0);
    expect(run.kinds.slice(-5)).toEqual(['completion', 'deferral', 'wakeup', 'recovery', 'abandon']);
  });

  test('R12 broken: the guest is killed all the same', () => {
    const run = touchFailedWithoutIf(withHost({defer: killAtOnce}));
    expect(run.of('kill').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });

  test('R12 broken: the vCPU sleeps for ever', () => {
    const run = touchFailedWithoutIf(withHost({defer: sleepForFailed}));
    expect(run.of('recovery')).toEqual([]);
    expect(holds(run.rows)).toBe(false);
  });
});
