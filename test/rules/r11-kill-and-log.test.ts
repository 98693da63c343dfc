import {describe, expect, test} from 'vitest';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Kind} from '../../src/protocol/kinds.js';
import {Row} from '../../src/protocol/row.js';
import {sleepForFailed} from './broken-hosts.js';
import {knownFailed, Run, type SeenRow, withHost} from './driver.js';

/**
 * R11: page-not-present cannot be delivered, the page is known to have failed and there is no recovery: the host logs
 * an error and kills the guest. Nothing happens after a kill.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind === 'kill') return index === rows.length - 1;
    if (row.kind !== 'deferral' || !knownFailed(rows, row.page, index)) return true;
    const [log, kill] = rows.slice(index + 1);
    return log?.kind === 'log' && kill?.kind === 'kill' && kill.reason === 'known_failed' && kill.fault === row.fault;
  });
}

/** The task learns that page 1 has failed, and touches it again with IF clear. */
function touchFailedWithoutIf(port: ProtocolPort): Run {
  const run = new Run({recovery: false}, port);
  run.fail(0, 0, 1);
  run.mask(0, 0);
  run.fault(0, 1);
  return run;
}

describe('R11: without recovery an undeliverable failed page kills the guest, and the host logs it', () => {
  test('R11: deferral, log, kill, and the end', () => {
    const run = touchFailedWithoutIf(pnp);
    expect(run.kinds.slice(-3)).toEqual(['deferral', 'log', 'kill']);
    expect(run.of('kill')).toMatchObject([{reason: 'known_failed', task: 0, page: 1}]);
    expect(run.of('log')).toMatchObject([{reason: 'known_failed', page: 1}]);
    expect(run.can('nmi', {vcpu: 0})).toBe(false);
    expect(holds(run.rows)).toBe(true);
  });

  test('R11 broken: the guest is killed and nothing is logged', () => {
    const run = touchFailedWithoutIf(
      withHost({
        kill: (state, vcpu, actor, reason, token, cause, sink) => {
          const silent = (row: Float64Array) => {
            if (row[Row.kind] !== Kind.log) sink.row(row);
          };
          pnp.host.kill(state, vcpu, actor, reason, token, cause, {row: silent});
        },
      }),
    );
    expect(run.kinds.slice(-2)).toEqual(['deferral', 'kill']);
    expect(holds(run.rows)).toBe(false);
  });

  test('R11 broken: the vCPU sleeps for a page that will never come', () => {
    const run = touchFailedWithoutIf(withHost({defer: sleepForFailed}));
    expect(run.kinds.slice(-2)).toEqual(['deferral', 'sleep']);
    expect(run.can('completion', {page: 1, result: 0})).toBe(false);
    expect(holds(run.rows)).toBe(false);
  });
});
