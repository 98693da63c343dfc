import {describe, expect, test} from 'vitest';
import {Run} from './driver.js';

/* Q2, token_free: a vCPU that found no token sleeps until one may be free; its page alone does not wake it. */

/** The one token of vCPU 0 is out for page 1. */
function withoutToken(): Run {
  const run = new Run({vcpus: 2, tasks: 3, tokens: 1, sleepUntil: 'token_free'});
  run.park(0, 0, 1);
  run.dispatch(0, 1);
  return run;
}

describe('Q2: a vCPU that sleeps for a token only', () => {
  test('R10: its page was there before the host answered: it sleeps all the same', () => {
    const run = withoutToken();
    run.access(0, 2);
    run.complete(2, 0);
    run.attempt(0);
    expect(run.kinds.slice(-2)).toEqual(['deferral', 'sleep']);
    run.complete(1, 0);
    expect(run.of('wakeup')).toMatchObject([{task: 1, reason: 'resolution'}]);
  });

  test('R13: its page comes: it sleeps on', () => {
    const run = withoutToken();
    run.park(1, 2, 2); // whose fault starts the I/O
    run.fault(0, 2);
    run.complete(2, 0);
    expect(run.of('wakeup')).toEqual([]);
    run.complete(1, 0);
    expect(run.of('wakeup')).toMatchObject([{task: 1, reason: 'resolution'}]);
  });
});
