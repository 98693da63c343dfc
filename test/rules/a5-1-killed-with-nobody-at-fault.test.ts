import {describe, expect, test} from 'vitest';
import {Run} from './driver.js';

/** Both parties keep every rule, and the guest is killed all the same. */
describe('A.5.1: the guest can be killed with nobody at fault', () => {
  test('A.5.1: it sleeps with IF clear, and the I/O fails', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.mask(0, 0);
    run.fault(0, 1);
    expect(run.of('sleep').length).toBe(1);
    run.complete(1, 1);
    expect(run.kinds.slice(-4)).toEqual(['completion', 'deferral', 'log', 'kill']);
    expect(run.of('deferral').map((row) => row.reason)).toEqual(['interrupts_off', 'interrupts_off']);
  });

  /** Task 0's outstanding fault holds the last token while task 1, with IF set, touches the page. */
  function touchWithoutToken(page: number): Run {
    const run = new Run({tokens: 1});
    run.fail(0, 1, 1);
    run.park(0, 0, 2);
    run.dispatch(0, 1);
    run.fault(0, page);
    return run;
  }

  test('A.5.1: no token is left for a page that has failed: fatal', () => {
    const run = touchWithoutToken(1);
    expect(run.of('deferral')).toMatchObject([{reason: 'no_token'}]);
    expect(run.of('kill')).toMatchObject([{reason: 'known_failed', page: 1}]);
  });

  test('A.5.1: no token is left for a page that is paged out: harmless', () => {
    const run = touchWithoutToken(3);
    expect(run.of('deferral')).toMatchObject([{reason: 'no_token'}]);
    run.complete(3, 0);
    run.complete(2, 0);
    run.settle();
    expect(run.of('kill')).toEqual([]);
    expect(run.of('retire').map((row) => row.page)).toEqual([3, 2]);
  });

  test('A.5.1: with recovery neither way kills', () => {
    const asleep = new Run({recovery: true});
    asleep.dispatch(0, 0);
    asleep.mask(0, 0);
    asleep.fault(0, 1);
    asleep.complete(1, 1);
    asleep.settle();
    expect(asleep.rows.at(-1)?.kind).toBe('abandon');
    expect(asleep.of('kill')).toEqual([]);
  });
});
