import {describe, expect, test} from 'vitest';
import {A, Pc, V} from '../../src/engine/layout.js';
import {Own, own} from '../../src/engine/protocols/pnp/own.js';
import {addEarly, takeEarly} from '../../src/engine/protocols/pnp/sleepers.js';
import type {EngineState} from '../../src/engine/state.js';
import {none} from '../../src/protocol/row.js';
import {Run} from './driver.js';

/*
 * R16, Q14: the guest's table of early resolutions has a bound here. When it is full of what nobody may ask for any more,
 * the first of which no page-not-present is on its way gives way; what is awaited stays.
 */

/** Tokens 11, 12, … of early resolutions, each with result 1, fill the table of ring 0. */
function full(): {state: EngineState; tokens: number[]} {
  const {state} = new Run({vcpus: 2, tasks: 2, tokens: 2});
  const tokens = Array.from({length: state.layout.earlyMax}, (_, i) => 11 + i);
  for (const token of tokens) addEarly(state, 0, token, 1);
  return {state, tokens};
}

/** Of the tokens, those that the guest still knows; taking them empties the table. */
const known = (state: EngineState, tokens: readonly number[]) =>
  tokens.filter((token) => takeEarly(state, 0, token) !== none);

/** How a page-not-present can be on its way to being parked. */
const ways: Record<string, (state: EngineState, token: number) => void> = {
  'is delivered to vCPU 0': (state, token) => {
    state.put(state.vcpu(0) + V.inuse, 1);
    state.put(state.vcpu(0) + V.dataToken, token);
  },
  'is delivered to vCPU 1': (state, token) => {
    state.put(state.vcpu(1) + V.inuse, 1);
    state.put(state.vcpu(1) + V.dataToken, token);
  },
  'is to be delivered later on vCPU 0': (state, token) => state.put(own(state, 0) + Own.laterToken, token),
  'is to be delivered later on vCPU 1': (state, token) => state.put(own(state, 1) + Own.laterToken, token),
  'is copied by task 0': (state, token) => {
    state.put(state.actor(0) + A.pc, Pc.park);
    state.put(state.actor(0) + A.token, token);
  },
  'is copied by task 1': (state, token) => {
    state.put(state.actor(1) + A.pc, Pc.park);
    state.put(state.actor(1) + A.token, token);
  },
};

describe('R16, Q14: a full early table', () => {
  test('R16: the first gives way to one more, which is there then', () => {
    const {state, tokens} = full();
    addEarly(state, 0, 99, 0);
    expect(takeEarly(state, 0, 99)).toBe(0);
    expect(known(state, tokens)).toEqual(tokens.slice(1));
    expect(state.cells[state.vcpu(0) + V.early]).toBe(0);
  });

  test.each(Object.entries(ways))('R16: one whose page-not-present %s stays, the next gives way', (_way, await_) => {
    const {state, tokens} = full();
    await_(state, tokens[0]);
    addEarly(state, 0, 99, 0);
    expect(known(state, [...tokens, 99])).toEqual([tokens[0], ...tokens.slice(2), 99]);
  });

  test('R16: what a structure that is not in use says, and a handler that has parked, await nothing', () => {
    const {state, tokens} = full();
    state.put(state.vcpu(0) + V.dataToken, tokens[0]);
    state.put(state.actor(0) + A.token, tokens[0]);
    state.put(state.actor(1) + A.pc, Pc.clear);
    state.put(state.actor(1) + A.token, tokens[0]);
    addEarly(state, 0, 99, 0);
    expect(known(state, [...tokens, 99])).toEqual([...tokens.slice(1), 99]);
  });

  test('R16: where all are awaited, what comes on top is lost', () => {
    const {state, tokens} = full();
    expect(tokens.length).toBe(3);
    for (const vcpu of [0, 1]) {
      state.put(state.vcpu(vcpu) + V.inuse, 1);
      state.put(state.vcpu(vcpu) + V.dataToken, tokens[vcpu]);
    }
    state.put(state.actor(1) + A.pc, Pc.park);
    state.put(state.actor(1) + A.token, tokens[2]);
    addEarly(state, 1, 50, 1);
    addEarly(state, 0, 99, 0);
    expect(known(state, [...tokens, 99])).toEqual(tokens);
    expect(takeEarly(state, 1, 50)).toBe(1); // the table of ring 1, which begins behind
  });

  test('R16: each keeps its own result, whichever is taken first', () => {
    const {state} = new Run({tokens: 4});
    for (const [token, result] of [
      [5, 0],
      [6, 1],
      [7, 0],
    ])
      addEarly(state, 0, token, result);
    expect([5, 8, 7, 6, 6].map((token) => takeEarly(state, 0, token))).toEqual([0, none, 0, 1, none]);
  });
});
