import {describe, expect, test} from 'vitest';
import {A, Access, Mode, V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {killAtOnce} from './broken-hosts.js';
import {knownFailed, Run, type SeenRow, withHost} from './driver.js';

/**
 * R10: page-not-present cannot be delivered and the page is not known to have failed: the vCPU sleeps, does nothing
 * at all until the host has the page, and then goes on with the same access.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, index) => {
    if (row.kind === 'deferral' && !knownFailed(rows, row.page, index)) return rows[index + 1]?.kind === 'sleep';
    if (row.kind !== 'sleep') return true;
    const later = rows.slice(index + 1);
    const next = later.find((candidate) => candidate.vcpu === row.vcpu);
    if (next === undefined) return true;
    const came = later.some((other) => other.kind === 'completion' && other.page === row.page && other.seq < next.seq);
    return came && next.kind === 'wakeup' && next.fault === row.fault;
  });
}

/** The task touches an absent page with IF clear. Another page comes first, then its own. */
function sleepOnce(port: ProtocolPort): Run {
  const run = new Run({vcpus: 2}, port);
  run.dispatch(1, 1);
  run.fault(1, 2);
  run.dispatch(0, 0);
  run.mask(0, 0);
  run.fault(0, 1);
  if (run.can('completion', {page: 2, result: 0})) run.complete(2, 0);
  run.steps(0);
  return run;
}

describe('R10: an undelivered fault sleeps until the page is ready', () => {
  test('R10: the vCPU sleeps, wakes when its own page comes, and retries', () => {
    const run = sleepOnce(pnp);
    expect(run.of('deferral')).toMatchObject([{vcpu: 0, reason: 'interrupts_off'}]);
    expect(run.rows.at(-3)?.kind).toBe('completion');
    expect(run.can('nmi', {vcpu: 0})).toBe(false);
    expect(run.can('retry', {vcpu: 0})).toBe(false);
    run.complete(1, 0);
    run.steps(0);
    expect(run.kinds.slice(-4)).toEqual(['completion', 'wakeup', 'retry', 'retire']);
    expect(holds(run.rows)).toBe(true);
  });

  test('R10: a page that came before the host answered is retried at once', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.mask(0, 0);
    run.access(0, 1);
    run.complete(1, 0);
    run.attempt(0);
    run.steps(0);
    expect(run.kinds.slice(-5)).toEqual(['deferral', 'sleep', 'wakeup', 'retry', 'retire']);
  });

  test('R10 broken: the guest is killed for a page that is only paged out', () => {
    const run = sleepOnce(
      withHost({
        defer: (state, vcpu, reason, sink) => {
          pnp.host.defer(state, vcpu, reason, sink);
          killAtOnce(state, vcpu, reason, sink);
        },
      }),
    );
    expect(run.state.dead).toBe(true);
    expect(holds(run.rows)).toBe(false);
  });

  test('R10 broken: the vCPU runs on and tries again though the page is not there', () => {
    const run = sleepOnce(
      withHost({
        defer: (state, vcpu, reason, sink) => {
          pnp.host.defer(state, vcpu, reason, sink);
          state.put(state.vcpu(vcpu) + V.mode, Mode.guest);
          state.put(state.layout.held, 0);
          state.put(state.actor(state.currentActor(vcpu)) + A.access, Access.retry);
        },
      }),
    );
    expect(run.of('retry').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });
});
