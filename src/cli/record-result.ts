import {formatNs} from '../base/durations.js';
import {terminalText} from '../base/terminal-text.js';
import type {RecordResult} from '../record/record.js';
import type {Json} from './json.js';

/** Of a stuck run, how many who wait are told; --json has all of them. */
const waitsShownMax = 8;

/** @param trace where the trace went; null: nowhere */
export function recordDocument(result: RecordResult, trace: string | null): Json {
  const {counts} = result;
  return {
    events: result.events,
    faults: counts.fault,
    deliveries: counts.delivery,
    deferrals: counts.deferral,
    sleeps: counts.sleep,
    kills: counts.kill,
    resolutions: counts.resolution,
    time_ns: result.timeNs,
    ended: result.ended,
    digest: result.digest,
    trace,
    ...(result.ended === 'stuck' ? {waits: result.waits.map(({who, waits}) => ({who, waits}))} : {}),
  };
}

export function recordLines(result: RecordResult, trace: string | null): string[] {
  const {counts, digest} = result;
  const lines = [
    `${terminalText(trace ?? 'no trace')}: ${result.events} events in ${formatNs(result.timeNs)} of virtual time, ended: ${result.ended}`,
    `  faults ${counts.fault}: delivered ${counts.delivery}, deferred ${counts.deferral}, slept ${counts.sleep}, ` +
      `killed ${counts.kill}, resolved ${counts.resolution}`,
  ];
  return digest === null ? lines : [...lines, `  digest ${digest}`];
}

/** What the user should know of how the run ended. */
export function recordNotes(result: RecordResult, trace: string | null): string[] {
  const at = `at ${formatNs(result.timeNs)}`;
  switch (result.ended) {
    case 'killed':
      return [`the guest was killed ${at}${trace === null ? '' : `; see apf query -t ${trace} "FROM kills"`}`];
    case 'interrupted':
      return [`interrupted ${at}${trace === null ? '' : `; ${trace} holds the whole run up to there`}`];
    case 'stuck':
      return [`stuck ${at}: nobody can go on`, ...waitLines(result.waits)];
    default:
      return [];
  }
}

function waitLines(waits: RecordResult['waits']): string[] {
  const lines = waits.slice(0, waitsShownMax).map((wait) => `  ${wait.who} waits for ${wait.waits}`);
  const more = waits.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more: record --json tells all`] : lines;
}
