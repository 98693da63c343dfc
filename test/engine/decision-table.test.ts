import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import type {KindName} from '../../src/protocol/kinds.js';
import type {ReasonName} from '../../src/protocol/reasons.js';
import {IF, MOVSS, Run, STI, TPR} from '../rules/driver.js';

/** The six gates of the decision function; true: set, shadowed, masked, in use, exhausted. */
interface Gates {
  readonly interruptFlag: boolean;
  readonly sti: boolean;
  readonly movss: boolean;
  readonly tpr: boolean;
  readonly inuse: boolean;
  readonly exhausted: boolean;
}

type PageCase = 'paged out' | 'will fail' | 'known failed';

interface Cell {
  readonly gates: Gates;
  readonly page: PageCase;
  readonly recovery: boolean;
}

const allGates: readonly Gates[] = Array.from({length: 64}, (_, bits) => ({
  interruptFlag: (bits & 1) !== 0,
  sti: (bits & 2) !== 0,
  movss: (bits & 4) !== 0,
  tpr: (bits & 8) !== 0,
  inuse: (bits & 16) !== 0,
  exhausted: (bits & 32) !== 0,
}));

const allCells: readonly Cell[] = allGates.flatMap((gates) =>
  (['paged out', 'will fail', 'known failed'] as const).flatMap((page) =>
    [false, true].map((recovery) => ({gates, page, recovery})),
  ),
);

/** The first gate that is shut, in the order in which the decision function is written; null: deliver. */
function shutGate(gates: Gates, checkTpr: boolean): ReasonName | null {
  if (!gates.interruptFlag) return 'interrupts_off';
  if (gates.sti) return 'sti_shadow';
  if (gates.movss) return 'movss_shadow';
  if (checkTpr && gates.tpr) return 'tpr';
  if (gates.inuse) return 'in_use';
  return gates.exhausted ? 'no_token' : null;
}

/** What the written rules say happens to the fault, from its attempt until its page has come or failed, and the guest has ended the access. */
function expected(cell: Cell, checkTpr: boolean): string {
  const reason = shutGate(cell.gates, checkTpr);
  const known = cell.page === 'known failed';
  if (reason === null) {
    const result = cell.page === 'paged out' ? 0 : 1;
    const told = known ? `resolution ${result}, delivery` : `delivery, resolution ${result}`; // R9, R15, R17, R23
    return `${told}, ${result === 0 ? 'retry, retire' : 'abandon'}`; // R21, R22
  }
  const lost = cell.recovery ? 'recovery, abandon' : 'log, kill'; // R12, R11
  if (known) return `deferral ${reason}, ${lost}`;
  if (cell.page === 'paged out') return `deferral ${reason}, sleep, wakeup, retry, retire`; // R10
  const judgedAnew = `deferral ${reason}, sleep, deferral ${reason}`; // Q18
  return `${judgedAnew}, ${cell.recovery ? `wakeup, ${lost}` : lost}`;
}

/**
 * Brings the engine to the cell by choices alone. Task 0 is parked with the last token if tokens are to be exhausted; it
 * is preempted in its handler, which has set IF, if `inuse` is to be 1. Then task 1 runs under the cell's mask.
 */
function reach(cell: Cell, checkTpr: boolean): Run {
  const {gates} = cell;
  const tokens = gates.inuse && !gates.exhausted ? 2 : 1;
  const run = new Run({tasks: 3, tokens, checkTpr, recovery: cell.recovery, handlerInterrupts: true});
  if (cell.page === 'known failed') {
    run.fail(0, 2, 1);
    run.exit(0);
  }
  if (gates.inuse || gates.exhausted) {
    run.dispatch(0, 0);
    run.fault(0, 2);
    if (!gates.inuse) run.steps(0);
  }
  run.dispatch(0, 1);
  run.mask(
    0,
    (gates.interruptFlag ? IF : 0) | (gates.sti ? STI : 0) | (gates.movss ? MOVSS : 0) | (gates.tpr ? TPR : 0),
  );
  return run;
}

const told: readonly KindName[] = [
  ...(['delivery', 'deferral', 'sleep', 'wakeup', 'resolution', 'retry', 'retire', 'abandon'] as const),
  ...(['recovery', 'log', 'kill'] as const),
];

/** Lets the fault live out its life; returns the rows that tell it, with their reason or result. */
function live(run: Run, cell: Cell): string {
  run.fault(0, 1);
  run.steps(0);
  if (cell.page !== 'known failed') run.complete(1, cell.page === 'paged out' ? 0 : 1);
  run.steps(0);
  if (run.of('delivery').at(-1)?.task === 1) {
    if (run.state.cells[run.state.vcpu(0) + V.mask] !== IF) lowerTpr(run);
    run.ready(0, 1);
  }
  const fault = run.of('fault').findLast((row) => row.task === 1)?.seq;
  return run.rows
    .filter((row) => row.fault === fault && told.includes(row.kind))
    .map((row) =>
      row.kind === 'deferral'
        ? `deferral ${row.reason}`
        : row.kind === 'resolution'
          ? `resolution ${row.result}`
          : row.kind,
    )
    .join(', ');
}

/** An idle vCPU keeps the mask of the task that parked; the next task there lowers the TPR, so that READY can come. */
function lowerTpr(run: Run): void {
  run.dispatch(0, 0);
  run.mask(0, IF);
  run.exit(0);
}

describe.each([false, true])('the decision function, with checkTpr %s', (checkTpr) => {
  test('each of the 384 cells ends as the rules say', () => {
    expect(allCells.length).toBe(384);
    const wrong = allCells.flatMap((cell) => {
      const run = reach(cell, checkTpr);
      const v = run.state.vcpu(0);
      const {cells, config} = run.state;
      expect(cells[v + V.inuse]).toBe(cell.gates.inuse ? 1 : 0);
      expect(cells[v + V.tokensUsed] === config.tokens).toBe(cell.gates.exhausted);
      const found = live(run, cell);
      const want = expected(cell, checkTpr);
      return found === want ? [] : [{cell, found, want}];
    });
    expect(wrong).toEqual([]);
  });

  test(`${checkTpr ? 'one' : 'two'} of the 64 combinations of gates delivers`, () => {
    const delivering = allGates.filter((gates) => {
      const run = reach({gates, page: 'paged out', recovery: false}, checkTpr);
      run.fault(0, 1);
      return run.of('delivery').at(-1)?.task === 1;
    });
    const open = {interruptFlag: true, sti: false, movss: false, inuse: false, exhausted: false};
    const masked = checkTpr ? [] : [{...open, tpr: true}];
    expect(delivering).toEqual([{...open, tpr: false}, ...masked]);
  });
});
