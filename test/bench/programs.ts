import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const apfProgram = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
const peerProgram = fileURLToPath(new URL('peer.js', import.meta.url));

/** Runs the command line as a process of its own; returns what it prints. */
export function apf(...argv: readonly string[]): string {
  return execFileSync(process.execPath, [apfProgram, ...argv], {encoding: 'utf8'});
}

/** Node alone. */
export function bareNode(): void {
  execFileSync(process.execPath, ['-e', '0']);
}

/** A bare Node process that asks DuckDB, on one thread as apf does. Returns the ms of each time, and the rows. */
export function peer(sql: string, times = 1): {ms: number[]; rows: unknown[][]} {
  const [ms, rows] = execFileSync(process.execPath, [peerProgram, sql, String(times)], {encoding: 'utf8'}).split('\n');
  return {ms: ms.split(' ').map(Number), rows: JSON.parse(rows)};
}
