import {formatNs} from '../base/durations.js';
import {terminalText} from '../base/terminal-text.js';
import type {ReplayDifference, ReplayResult} from '../replay/replay.js';
import type {Json} from './json.js';
import {rowDiffLines} from './row-diff.js';
import {rowObject} from './row-text.js';

/** @param isInterrupted the replay did not come to the trace's end: then it cannot say that it is identical */
export function replayDocument(result: ReplayResult, isInterrupted: boolean): Json {
  const {difference} = result;
  return {
    identical: difference === null && !isInterrupted,
    interrupted: isInterrupted,
    events: result.events,
    complete: result.complete,
    difference:
      difference === null
        ? null
        : {
            seq: difference.seq,
            what: difference.what,
            recorded: difference.recorded.map(rowObject),
            replayed: difference.replayed.map(rowObject),
          },
  };
}

export function replayLines(path: string, result: ReplayResult, isInterrupted: boolean): string[] {
  const {difference, events} = result;
  const name = terminalText(path);
  const until = `up to ${formatNs(result.timeNs)} of virtual time`;
  if (difference !== null) {
    return [`${name}: ${sayDifference(difference)}`, ...rowDiffLines(difference.recorded, difference.replayed)];
  }
  if (isInterrupted) return [`${name}: ${events} events replayed, identical ${until}; interrupted`];
  return [`${name}: ${events} events replayed, identical, ${until}`];
}

function sayDifference({seq, what}: ReplayDifference): string {
  switch (what) {
    case 'row':
      return `differs at event ${seq}; recorded -, replayed +`;
    case 'not_enabled':
      return `differs at event ${seq}: the recorded choice cannot happen there; recorded -, replayed +`;
    case 'state':
      return `differs before event ${seq}: the events are the same, the state of the engine after them is not`;
  }
}
