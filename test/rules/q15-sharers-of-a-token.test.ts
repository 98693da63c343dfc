import {describe, expect, test} from 'vitest';
import {T, V} from '../../src/engine/layout.js';
import {vcpuOfSlot} from '../../src/engine/protocols/pnp/tokens.js';
import {Run} from './driver.js';

/* Q15, share_token: a second fault of a vCPU on a page in flight gets the token of the first, however many vCPUs wait. */

describe('Q15: tasks of three vCPUs wait for one page', () => {
  function wait(): Run {
    const run = new Run({vcpus: 3, tasks: 6, tokens: 2, dedup: 'share_token'});
    for (const task of [0, 1, 2, 3, 4, 5]) run.park(task % 3, task, 1);
    return run;
  }

  test('R14: two of a vCPU share its token', () => {
    const run = wait();
    const tokens = run.of('delivery').map(({token}) => token);
    expect(tokens.slice(3)).toEqual(tokens.slice(0, 3));
    expect(run.of('delivery').map(({reason}) => reason)).toEqual([
      ...[null, null, null],
      ...['repeated_fault', 'repeated_fault', 'repeated_fault'],
    ]);
    expect([0, 1, 2].map((vcpu) => run.state.cells[run.state.vcpu(vcpu) + V.tokensUsed])).toEqual([1, 1, 1]);
  });

  test('R13, R17: one entry wakes both, the second because of the first', () => {
    const run = wait();
    run.complete(1, 0);
    run.interrupt(0);
    run.steps(0);
    const [consume] = run.of('consume');
    const [first, second] = run.of('unpark');
    expect([first.task, second.task].sort()).toEqual([0, 3]);
    expect([first.cause, second.cause]).toEqual([consume.seq, first.seq]);
    expect(run.of('resolution').map(({vcpu}) => vcpu)).toEqual([0, 1, 2]);
  });
});

test('Q12, Q6: with one ring for the machine READY goes to the vCPU of the task, or of the NMI handler, that faulted', () => {
  const {state} = new Run({vcpus: 3, tasks: 4, tokens: 4, scope: 'vm'});
  const waits = (actor: number) => {
    state.put(state.token(0) + T.actor, actor + 1);
    return vcpuOfSlot(state, 0);
  };
  expect([waits(4), waits(5), waits(6)]).toEqual([0, 1, 2]);
});
