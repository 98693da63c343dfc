import {formatNs} from '../base/durations.js';
import {terminalText} from '../base/terminal-text.js';
import type {CheckedTrace} from '../check/check-trace.js';
import type {InvariantEntry} from '../check/checker.js';
import type {CheckReport, Violation} from '../check/report.js';
import {alignLeft} from './columns.js';
import type {Json} from './json.js';
import {rowObject, rowText} from './row-text.js';

/** The invariants that the run never reached: nothing can be said of them. */
export function unreached({invariants, report}: CheckedTrace): string[] {
  return invariants.filter(({id}) => report.reached[id] === 0).map(({id}) => id);
}

/** Whether anything is wrong: an invariant is violated, or two sums that must be equal are not. */
export function isBroken({violationsTotal, identities}: CheckReport): boolean {
  return violationsTotal > 0 || identities.some(({holds}) => !holds);
}

export function checkDocument(checked: CheckedTrace): Json {
  const {events, report, firsts} = checked;
  return {
    holds: !isBroken(report),
    events,
    violations_total: report.violationsTotal,
    violations: report.violations.map((violation) => ({
      invariant: violation.invariant,
      sentence: sentenceOf(checked, violation.invariant),
      seq: violation.seq,
      time_ns: violation.timeNs,
      message: violation.message,
      rows: violation.rows,
      proof: firsts.find((first) => first.violation === violation)?.proof.map(rowObject),
    })),
    identities: report.identities.map(({name, sentence, left, right, holds}) => ({name, sentence, left, right, holds})),
    reached: report.reached,
    never_reached: unreached(checked),
  };
}

export function checkLines(path: string, checked: CheckedTrace): string[] {
  const {events, report, firsts} = checked;
  const name = terminalText(path);
  const rules = checked.invariants.filter((entry) => entry.class !== 'sometimes');
  const missed = rules.filter(({id}) => report.reached[id] === 0).map(({id}) => id);
  const never = unreached(checked).filter((id) => !missed.includes(id));
  const failed = report.identities.filter(({holds}) => !holds);
  const held = rules.length - missed.length - new Set(report.violations.map(({invariant}) => invariant)).size;
  const lines = [
    `${name}: ${events} events checked; ${held} of ${rules.length} invariants were reached and hold`,
    ...(missed.length === 0 ? [] : [`the run never reached ${missed.join(', ')}`]),
    ...(never.length === 0 ? [] : [`it never came to ${never.join(', ')}`]),
    ...firsts.flatMap(({violation, proof}) =>
      violationLines(sentenceOf(checked, violation.invariant), violation, proof),
    ),
    ...failed.map(({sentence, left, right}) => `\naccounting: ${sentence}; found ${left} and ${right}`),
  ];
  const more = report.violationsTotal - firsts.length;
  return more > 0 ? [...lines, '', `… ${more} more violations of the same; --json lists the first of them all`] : lines;
}

function sentenceOf({invariants}: CheckedTrace, id: string): string {
  return invariants.find((entry) => entry.id === id)?.sentence ?? '';
}

function violationLines(
  sentence: string,
  {invariant, seq, timeNs, message}: Violation,
  proof: Float64Array[],
): string[] {
  return [
    '',
    `${invariant} at event ${seq}, ${formatNs(timeNs)}: ${sentence}`,
    `  ${terminalText(message)}`,
    ...proof.map((row) => `  ${rowText(row)}`),
  ];
}

/** `--list`: every invariant of each protocol. */
export function invariantLines(invariants: readonly InvariantEntry[]): string[] {
  return alignLeft(invariants.map(({id, class: kind, sentence}) => [id, kind, sentence]));
}
