import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

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

export type Cell = number | string | null;

/** Records a scenario of fixtures/scenarios with the program itself, and asks its trace with the program itself. */
export function recordAndAsk(
  scenario: string,
  set: string[],
  ...queries: string[]
): {recorded: Recorded; rows: Record<string, Cell>[]} {
  const folder = mkdtempSync(join(tmpdir(), 'apf-known-'));
  try {
    const file = join(root, 'fixtures', 'scenarios', `${scenario}.yaml`);
    const recorded = apf(folder, 'record', file, ...set.flatMap((pair) => ['--set', pair]), '--json') as Recorded;
    const rows = queries.flatMap((sql) => apf(folder, 'query', sql, '--format', 'json') as Record<string, Cell>[]);
    return {recorded, rows};
  } finally {
    rmSync(folder, {recursive: true});
  }
}

/** Runs the program in a folder and parses what it prints. */
function apf(folder: string, ...args: string[]): unknown {
  const run = join(root, 'bin', 'run.js');
  return JSON.parse(
    execFileSync(process.execPath, [run, ...args], {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}),
  );
}
