import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Kind} from '../../src/protocol/kinds.js';
import {IF, inNmiAt, MOVSS, maskAt, Run, type SeenRow, STI, TPR, withGuest} from './driver.js';

/**
 * R20: READY is taken only where any interrupt of its class could be: IF set, no shadow, the TPR below it, in no NMI
 * handler and in no page-not-present handler that keeps IF clear.
 */
function holds(rows: readonly SeenRow[]): boolean {
  return rows.every((row, seq) => {
    if (row.kind !== 'interrupt') return true;
    const frame = rows
      .slice(0, seq)
      .findLast((earlier) => earlier.kind === 'delivery' || earlier.reason === 'page_not_present');
    return maskAt(rows, row.vcpu, seq) === IF && !inNmiAt(rows, row.vcpu, seq) && frame?.kind !== 'delivery';
  });
}

const masks = [
  {name: 'IF clear', mask: 0},
  {name: 'STI shadow', mask: IF | STI},
  {name: 'MOV SS shadow', mask: IF | MOVSS},
  {name: 'TPR', mask: IF | TPR},
];

const always = withGuest({interruptible: () => true});

/** READY is raised for task 0 while task 1 runs under the mask. */
function raiseUnderMask(mask: number, port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.park(0, 0, 1);
  run.dispatch(0, 1);
  run.mask(0, mask);
  run.complete(1, 0);
  return run;
}

describe('R20: READY is a totally normal interrupt', () => {
  test.each(masks)('R20: $name: it is pended, and taken when the vCPU can', ({mask}) => {
    const run = raiseUnderMask(mask, pnp);
    expect(run.of('raise').length).toBe(1);
    expect(run.can('interrupt', {vcpu: 0})).toBe(false);
    run.mask(0, IF);
    run.interrupt(0);
    run.steps(0);
    expect(run.of('unpark')).toMatchObject([{task: 0}]);
    expect(holds(run.rows)).toBe(true);
  });

  test.each(masks)('R20 broken: $name is ignored', ({mask}) => {
    const run = raiseUnderMask(mask, always);
    run.interrupt(0);
    expect(holds(run.rows)).toBe(false);
  });

  test.each([
    {name: 'obeyed', port: pnp, taken: false},
    {name: 'broken', port: always, taken: true},
  ])('R20 $name: in an NMI handler, and in a page-not-present handler with IF clear', ({port, taken}) => {
    const inNmi = raiseUnderMask(IF, port);
    inNmi.nmi(0);
    const inHandler = new Run({}, port);
    inHandler.dispatch(0, 0);
    inHandler.fault(0, 1);
    inHandler.complete(1, 0);
    for (const run of [inNmi, inHandler]) {
      expect(run.of('raise').length).toBe(1);
      expect(run.can('interrupt', {vcpu: 0})).toBe(taken);
      if (taken) run.interrupt(0);
      expect(holds(run.rows)).toBe(!taken);
    }
  });

  test('R20: interrupts coalesce; one drains the ring and nobody is lost', () => {
    const run = twoRaisesOneInterrupt(pnp);
    expect(run.of('raise').map((row) => row.reason)).toEqual([null, 'coalesced']);
    expect(run.of('interrupt').length).toBe(1);
    expect(run.of('consume').length).toBe(2);
    expect(run.of('retire').length).toBe(2);
  });

  test('R20 broken: a guest that takes one entry an interrupt loses those of coalesced ones (A.5.5)', () => {
    const onePerInterrupt = withGuest({
      nextStep: (state, vcpu) => {
        const kind = pnp.guest.nextStep(state, vcpu);
        return kind === Kind.consume && state.cells[state.vcpu(vcpu) + V.tail] > 0 ? Kind.iret : kind;
      },
    });
    const run = twoRaisesOneInterrupt(onePerInterrupt);
    expect(run.of('interrupt').length).toBe(1);
    expect(run.parked).toEqual([1]);
  });

  test('R20: the EOI is the first act of the handler: a raise during it pends anew', () => {
    const run = new Run();
    run.park(0, 0, 1);
    run.park(0, 1, 2);
    run.complete(1, 0);
    run.interrupt(0);
    run.complete(2, 0);
    expect(run.of('raise').map((row) => row.reason)).toEqual([null, null]);
    run.steps(0);
    run.interrupt(0);
    expect(run.of('interrupt').map((row) => row.cause)).toEqual(run.of('raise').map((row) => row.seq));
  });
});

/** Both pages come before the guest takes an interrupt. */
function twoRaisesOneInterrupt(port: ProtocolPort): Run {
  const run = new Run({}, port);
  run.park(0, 0, 1);
  run.park(0, 1, 2);
  run.complete(1, 0);
  run.complete(2, 0);
  run.settle();
  return run;
}
