import {describe, expect, test, vi} from 'vitest';
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

/** What `act` asks for that is not there. */
function missing(act: () => void): string[] {
  const asked: string[] = [];
  const spies = (Object.keys(counts) as (keyof typeof counts)[]).map((part) => {
    const original = EngineState.prototype[part];
    return vi.spyOn(EngineState.prototype, part).mockImplementation(function (this: EngineState, index: number) {
      if (!(index >= 0 && index < counts[part](this))) asked.push(`${part} ${index}`);
      return original.call(this, index);
    });
  });
  try {
    act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return asked;
}

describe('R15, R16, R19, Q2: only what is there is asked for', () => {
  test('R15: who awaits the answer to a fault', () => {
    const act = () => {
      const run = new Run({vcpus: 2, tasks: 3});
      run.dispatch(0, 0);
      expect(run.can('completion', {page: 1, result: 0})).toBe(false);
    };
    expect(missing(act)).toEqual([]);
  });

  test('R16: whose page-not-present is on its way', () => {
    const act = () => {
      const {state} = new Run({vcpus: 2, tasks: 2});
      for (let token = 11; token <= 11 + state.layout.earlyMax; token++) addEarly(state, 0, token, 0);
    };
    expect(missing(act)).toEqual([]);
  });

  test('R19, Q12: which vCPU can take READY, where none can', () => {
    const act = () => {
      const run = new Run({vcpus: 2, readyTarget: 'any'});
      run.park(1, 0, 1);
      for (const vcpu of [0, 1]) run.mask(vcpu, 0);
      run.complete(1, 0);
      expect(run.of('raise')).toMatchObject([{vcpu: 1}]);
    };
    expect(missing(act)).toEqual([]);
  });

  test('Q2, Q6: who sleeps for the token that has become free, where one ring serves the machine', () => {
    const act = () => {
      const run = new Run({vcpus: 2, tasks: 3, scope: 'vm', sleepUntil: 'first_of'});
      run.dispatch(0, 0);
      run.take('access', {vcpu: 0, page: 2, value: 1}); // a fetch: its mark stands behind the last vCPU's cells
      run.attempt(0);
      run.steps(0);
      run.park(1, 1, 1);
      run.complete(1, 0);
      run.ready(1, 1);
      expect(run.of('consume').length).toBe(1);
    };
    expect(missing(act)).toEqual([]);
  });

  test('VE-S5: the entries of ve_page, at the start', () => {
    const act = () => {
      const run = new Run({...smallConfig, vcpus: 2}, ve.port);
      run.park(0, 0, 1);
    };
    expect(missing(act)).toEqual([]);
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
