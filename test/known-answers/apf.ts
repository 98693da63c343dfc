import {fileURLToPath} from 'node:url';
import type {ApfFolder} from '../cli/run-apf.js';

/** What `apf record --json` prints. */
export interface Recorded {
  events: number;
  faults: number;
  deliveries: number;
  deferrals: number;
  sleeps: number;
  kills: number;
  resolutions: number;
  time_ns: number;
  ended: string;
}

export type Answer = Record<string, number | string | null>;

/** Records a scenario of fixtures/scenarios with the program itself, and asks its trace with the program itself. */
export function recordAndAsk(
  folder: ApfFolder,
  scenario: string,
  set: string[],
  ...queries: string[]
): {recorded: Recorded; rows: Answer[]} {
  const file = fileURLToPath(new URL(`../../fixtures/scenarios/${scenario}.yaml`, import.meta.url));
  const recorded = folder.json<Recorded & Answer>('record', file, ...set.flatMap((pair) => ['--set', pair]));
  const rows = queries.flatMap((sql) => folder.json<Answer[] & Answer>('query', sql));
  return {recorded, rows};
}

/** The query that counts the rows of a kind for which a condition is true. */
export function countOf(kind: string, and = 'true'): string {
  return `SELECT count(*) AS n FROM events WHERE kind = '${kind}' AND coalesce(${and}, false)`;
}
