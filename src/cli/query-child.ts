import {type ChildProcess, fork} from 'node:child_process';
import {totalmem} from 'node:os';

/** What Node and a trace's batches take beside DuckDB. */
export const ownBytes = 256 * 2 ** 20;

/** What DuckDB may take if nothing else is said: half of the machine's memory, in whole MiB. Unit: bytes. */
export const memoryDefault = Math.floor(totalmem() / 2 ** 21) * 2 ** 20;

const childProgram = new URL('../query/child.js', import.meta.url);

/** Started before it was known whether and how it is needed, with the default of memory. */
let ahead: ChildProcess | null = null;

export function startAhead(): void {
  ahead = forkQueries(childProgram, memoryDefault);
  // Who takes it looks whether it runs.
  ahead.on('error', () => undefined);
}

/** Ends what was started ahead, unless it was taken. */
export function endAhead(): void {
  ahead?.kill('SIGKILL');
  ahead = null;
}

/**
 * A process that runs queries: the one that was started ahead, if it suits.
 * @param memoryBytes what DuckDB may take; null: no limit
 */
export function takeQueries(memoryBytes: number | null): ChildProcess {
  const child = ahead;
  if (child?.connected && child.exitCode === null && memoryBytes === memoryDefault) {
    ahead = null;
    child.removeAllListeners('error');
    return child;
  }
  endAhead();
  return forkQueries(childProgram, memoryBytes);
}

/** @param program the file of the process */
export function forkQueries(program: URL, memoryBytes: number | null): ChildProcess {
  const heap = memoryBytes === null ? [] : [`--max-old-space-size=${Math.ceil((memoryBytes + ownBytes) / 2 ** 20)}`];
  return fork(program, {
    serialization: 'advanced',
    execArgv: heap,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
