import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {A, Pc, Status, V} from '../../src/engine/layout.js';
import {addEarly} from '../../src/engine/protocols/pnp/sleepers.js';
import {protocol as ve} from '../../src/engine/protocols/ve/protocol.js';
import {EngineState} from '../../src/engine/state.js';
import {Run, smallConfig} from './driver.js';

/*
 * No rule asks for a vCPU, an actor or a token slot that is not there: behind the cells of the last vCPU stand those of
 * the first task, and would answer.
 */

const counts = {
  vcpu: ({config}: EngineState) => config.vcpus,
  actor: ({config}: EngineState) => config.tasks + config.vcpus,
  token: ({config}: EngineState) => config.vcpus * config.tokens,
} as const;

/** What was asked for and is not there. */
const missing: string[] = [];

beforeEach(() => {
  missing.length = 0;
  for (const [part, count] of Object.entries(counts) as [keyof typeof counts, (typeof counts)['vcpu']][]) {
    const original = EngineState.prototype[part];
    vi.spyOn(EngineState.prototype, part).mockImplementation(function (this: EngineState, index: number) {
      if (!(index >= 0 && index < count(this))) missing.push(`${part} ${index}`);
      return original.call(this, index);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('R15, R16, R19, Q2: only what is there is asked for', () => {
  test('R15: who awaits the answer to a fault', () => {
    const run = new Run({vcpus: 2, tasks: 3});
    run.dispatch(0, 0);
    expect(run.can('completion', {page: 1, result: 0})).toBe(false);
    expect(missing).toEqual([]);
  });

  test('R16: whose page-not-present is on its way', () => {
    const {state} = new Run({vcpus: 2, tasks: 2});
    for (let token = 11; token <= 11 + state.layout.earlyMax; token++) addEarly(state, 0, token, 0);
    expect(missing).toEqual([]);
  });

  test('R19, Q12: which vCPU can take READY, where none can', () => {
    const run = new Run({vcpus: 2, readyTarget: 'any'});
    run.park(1, 0, 1);
    for (const vcpu of [0, 1]) run.mask(vcpu, 0);
    run.complete(1, 0);
    expect(run.of('raise')).toMatchObject([{vcpu: 1}]);
    expect(missing).toEqual([]);
  });

  test('Q2: who sleeps for the token that has become free', () => {
    const run = new Run({vcpus: 2, tasks: 3, tokens: 1, sleepUntil: 'first_of'});
    run.park(1, 0, 1);
    run.complete(1, 0);
    run.ready(1, 0);
    expect(run.of('consume').length).toBe(1);
    expect(missing).toEqual([]);
  });

  test('VE-S5: the entries of ve_page, at the start', () => {
    const run = new Run({...smallConfig, vcpus: 2}, ve.port);
    run.park(0, 0, 1);
    expect(missing).toEqual([]);
  });
});

test('R15: a vCPU that is not there awaits no answer, whatever stands behind the last', () => {
  const run = new Run({tasks: 3});
  run.park(0, 2, 2);
  run.dispatch(0, 0);
  expect(run.state.cells[run.state.vcpu(0) + V.tokensUsed]).toBe(1);
  expect(run.state.cells[run.state.actor(0) + A.status]).toBe(Status.running);
  expect(run.state.cells[run.state.actor(1) + A.pc]).toBe(Pc.none);
  expect(run.can('completion', {page: 1, result: 0})).toBe(false);
});
