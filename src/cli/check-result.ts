import {formatNs} from '../base/durations.js';
import {terminalText} from '../base/terminal-text.js';
import type {CheckedTrace} from '../check/check-trace.js';
import type {CheckReport, Violation} from '../check/report.js';
import {invariantTable} from '../protocol/invariants.js';
import {alignLeft} from './columns.js';
import type {Json} from './json.js';
import {rowObject, rowText} from './row-text.js';

const sentences = new Map<string, string>(invariantTable.map(({id, sentence}) => [id, sentence]));

/** The invariants that the run never reached: nothing can be said of them. */
export function unreached({reached}: CheckReport): string[] {
  return invariantTable.filter(({id}) => reached[id] === 0).map(({id}) => id);
}

/** Whether anything is wrong: an invariant is violated, or two sums that must be equal are not. */
export function isBroken({violationsTotal, identities}: CheckReport): boolean {
  return violationsTotal > 0 || identities.some(({holds}) => !holds);
}

export function checkDocument({events, report, firsts}: CheckedTrace): Json {
  return {
    holds: !isBroken(report),
    events,
    violations_total: report.violationsTotal,
    violations: report.violations.map((violation) => ({
      invariant: violation.invariant,
      sentence: sentences.get(violation.invariant),
      seq: violation.seq,
      time_ns: violation.timeNs,
      message: violation.message,
      rows: violation.rows,
      proof: firsts.find((first) => first.violation === violation)?.proof.map(rowObject),
    })),
    identities: report.identities.map(({name, sentence, left, right, holds}) => ({name, sentence, left, right, holds})),
    reached: report.reached,
    never_reached: unreached(report),
  };
}

export function checkLines(path: string, {events, report, firsts}: CheckedTrace): string[] {
  const name = terminalText(path);
  const missed = unreached(report);
  const failed = report.identities.filter(({holds}) => !holds);
  const held = invariantTable.length - missed.length - new Set(report.violations.map(({invariant}) => invariant)).size;
  const lines = [
    `${name}: ${events} events checked; ${held} of ${invariantTable.length} invariants were reached and hold`,
    ...(missed.length === 0 ? [] : [`the run never reached ${missed.join(', ')}`]),
    ...firsts.flatMap(({violation, proof}) => violationLines(violation, proof)),
    ...failed.map(({sentence, left, right}) => `\naccounting: ${sentence}; found ${left} and ${right}`),
  ];
  const more = report.violationsTotal - firsts.length;
  return more > 0 ? [...lines, '', `… ${more} more violations of the same; --json lists the first of them all`] : lines;
}

function violationLines({invariant, seq, timeNs, message}: Violation, proof: Float64Array[]): string[] {
  return [
    '',
    `${invariant} at event ${seq}, ${formatNs(timeNs)}: ${sentences.get(invariant)}`,
    `  ${terminalText(message)}`,
    ...proof.map((row) => `  ${rowText(row)}`),
  ];
}

/** `--list`: every invariant. */
export function invariantLines(): string[] {
  return alignLeft(invariantTable.map(({id, class: kind, sentence}) => [id, kind, sentence]));
}
