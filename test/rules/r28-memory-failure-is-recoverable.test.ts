import {describe, expect, test} from 'vitest';
import {Kind} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {Row} from '../../src/protocol/row.js';
import {count, handlerSteps, race} from './nmi-race.js';

describe.each(handlerSteps)('R28: memory fails while an NMI comes before $at', ({at}) => {
  test('of a task whose fault can be delivered: it is told, gives up, and the guest lives', async () => {
    const {rows, violations, ended} = await race([`guest.nmi.at=${at}`, 'host.failures.pages=[0, 1, 2, 3]']);
    expect({violations, ended}).toEqual({violations: [], ended: 'workload'});
    expect([count(rows, 'abandon'), count(rows, 'kill'), count(rows, 'recovery')]).toEqual([4, 0, 0]);
    const told = rows.filter((row) => row[Row.kind] === Kind.resolution && row[Row.result] === 1);
    expect(told.length).toBe(4);
  });

  test('under the NMI handler itself: no case to recover without an exception, the guest is killed', async () => {
    const {rows, violations, ended} = await race([`guest.nmi.at=${at}`, 'host.failures.pages=[4095]']);
    expect({violations, ended}).toEqual({violations: [], ended: 'killed'});
    expect(rows.at(-1)?.[Row.reason]).toBe(Reason.known_failed);
  });

  test('under the NMI handler, where the optional recovery is implemented: it lives', async () => {
    const {rows, violations, ended} = await race([
      `guest.nmi.at=${at}`,
      'host.failures.pages=[4095]',
      'host.recovery=exception',
    ]);
    expect({violations, ended}).toEqual({violations: [], ended: 'workload'});
    expect(count(rows, 'recovery')).toBeGreaterThan(0);
    expect([count(rows, 'kill'), count(rows, 'delivery')]).toEqual([0, 20]);
  });
});
