import {describe, expect, test} from 'vitest';
import {Reason} from '../../src/protocol/reasons.js';
import {IF, ignoring, inNmiAt, MOVSS, maskAt, Run, type SeenRow, STI} from './driver.js';

/** R5: page-not-present is delivered only while the vCPU could take an interrupt: IF set, no STI or MOV SS shadow, no NMI. */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, seq) => {
    if (row.kind !== 'delivery') return true;
    return (maskAt(rows, row.vcpu, seq) & (IF | STI | MOVSS)) === IF && !inNmiAt(rows, row.vcpu, seq);
  });
}

const gates = [
  {name: 'IF clear', mask: 0, reason: 'interrupts_off'},
  {name: 'STI shadow', mask: IF | STI, reason: 'sti_shadow'},
  {name: 'MOV SS shadow', mask: IF | MOVSS, reason: 'movss_shadow'},
] as const;

describe('R5: page-not-present has interrupt semantics', () => {
  test('R5: with IF set and no shadow it is delivered', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.fault(0, 1);
    expect(run.of('delivery').length).toBe(1);
    expect(holds(run.rows)).toBe(true);
  });

  test.each(gates)('R5: $name: it is not delivered', ({mask, reason}) => {
    const run = new Run();
    run.dispatch(0, 0);
    run.mask(0, mask);
    run.fault(0, 1);
    expect(run.of('deferral')).toMatchObject([{reason}]);
    expect(run.of('delivery')).toEqual([]);
    expect(holds(run.rows)).toBe(true);
  });

  test.each(gates)('R5 broken: $name is ignored', ({mask, reason}) => {
    const run = new Run({}, ignoring(Reason[reason]));
    run.dispatch(0, 0);
    run.mask(0, mask);
    run.fault(0, 1);
    expect(run.of('delivery').length).toBe(1);
    expect(holds(run.rows)).toBe(false);
  });

  test('R5: in an NMI handler it is not delivered, also when the task had IF set', () => {
    const run = new Run();
    run.dispatch(0, 0);
    run.nmi(0);
    run.fault(0, 1);
    expect(run.of('deferral')).toMatchObject([{reason: 'interrupts_off', task: null}]);
    expect(holds(run.rows)).toBe(true);
  });

  test('R5 broken: an NMI handler gets it', () => {
    const run = new Run({}, ignoring(Reason.interrupts_off));
    run.dispatch(0, 0);
    run.nmi(0);
    run.fault(0, 1);
    expect(run.of('delivery')).toMatchObject([{task: null}]);
    expect(holds(run.rows)).toBe(false);
  });
});
