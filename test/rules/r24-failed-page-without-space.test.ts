import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {killAtOnce, sleepForFailed} from './broken-hosts.js';
import {knownFailed, Run, type SeenRow, withHost} from './driver.js';

/**
 * R24: a failed page is touched again and there is no space for one more token: the rules for what is not delivered
 * apply, and as the page is known to have failed that is recovery (R12) if there is one, else log and kill (R11).
 */
function holds(rows: readonly SeenRow[], recovery: boolean): boolean {
  return rows.every((row, index) => {
    if (row.kind === 'kill') return !recovery;
    if (row.kind !== 'deferral' || !knownFailed(rows, row.page, index)) return true;
    return rows[index + 1]?.kind === (recovery ? 'recovery' : 'log');
  });
}

/** Page 1 has failed. Then task 0 holds the only token, for page 2, and task 1 touches page 1 again with IF set. */
function touchFailedWithoutToken(recovery: boolean, port: ProtocolPort): Run {
  const run = new Run({tokens: 1, recovery}, port);
  run.fail(0, 1, 1);
  run.park(0, 0, 2);
  run.dispatch(0, 1);
  run.fault(0, 1);
  return run;
}

describe('R24: a failed page for which there is no space', () => {
  test('R24: with recovery the guest gets a fault', () => {
    const run = touchFailedWithoutToken(true, pnp);
    expect(run.of('deferral')).toMatchObject([{task: 1, page: 1, reason: 'no_token'}]);
    expect(run.kinds.slice(-2)).toEqual(['deferral', 'recovery']);
    expect(holds(run.rows, true)).toBe(true);
  });

  test('R24: without recovery the guest is killed, and the host logs it', () => {
    const run = touchFailedWithoutToken(false, pnp);
    expect(run.of('deferral')).toMatchObject([{task: 1, page: 1, reason: 'no_token'}]);
    expect(run.kinds.slice(-3)).toEqual(['deferral', 'log', 'kill']);
    expect(run.of('kill')).toMatchObject([{reason: 'known_failed'}]);
    expect(holds(run.rows, false)).toBe(true);
  });

  test.each([true, false])('R24 broken: the vCPU sleeps for a page that never comes (recovery: %s)', (recovery) => {
    const run = touchFailedWithoutToken(recovery, withHost({defer: sleepForFailed}));
    expect(run.rows.at(-1)?.kind).toBe('sleep');
    expect(run.can('completion', {page: 1, result: 0})).toBe(false);
    expect(holds(run.rows, recovery)).toBe(false);
  });

  test('R24 broken: the guest is killed in spite of a recovery', () => {
    const run = touchFailedWithoutToken(true, withHost({defer: killAtOnce}));
    expect(run.state.dead).toBe(true);
    expect(holds(run.rows, true)).toBe(false);
  });
});
