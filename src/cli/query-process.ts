import {type ChildProcess, execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {formatNs} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import {formatBytes} from '../base/sizes.js';
import type {PlainError, Reply, Request, RunRequest} from '../query/child-messages.js';
import type {WritePiece, Written} from '../query/format.js';
import type {SessionOptions} from '../query/run.js';
import {forkQueries, ownBytes, takeQueries} from './query-child.js';
import {withTemporaryFolder} from './temporary-folder.js';

export interface QueryLimits {
  /** How long the process may work on a query; what the reader of its result takes does not count. Null: no limit. */
  readonly timeoutMs: number | null;
  /** What DuckDB may take; the process may have `ownBytes` more. Null: no limit. */
  readonly memoryBytes: number | null;
}

/** How often the memory of the process is looked at. In 20 ms a query can take some 50 MB more. */
const watchMs = process.platform === 'linux' ? 20 : 250;

/** Of the error that a query throws whose process was closed. */
export const interruptedCode = 'SQL_INTERRUPTED';

/** The process that runs queries, seen from the one that started it: it is killed when it takes too long or too much. */
export class QueryProcess {
  private readonly child: ChildProcess;
  private ended: ApfError | Error | null = null;
  /** Settles the request that is under way. */
  private settle: ((reply: Reply | Error) => void) | null = null;
  /** What the present query has taken. */
  private spentMs = 0;

  /** @param program the file of the process; only tests want another */
  constructor(
    private readonly limits: QueryLimits,
    program: URL | null = null,
  ) {
    const {memoryBytes} = limits;
    this.child = program === null ? takeQueries(memoryBytes) : forkQueries(program, memoryBytes);
    this.child.on('message', (reply: Reply) => this.settle?.(reply));
    this.child.on('error', (error) => this.end(error));
    this.child.on('exit', (code, signal) => this.end(exitError(code, signal)));
  }

  /** Whether it can take another query: it cannot once a limit was reached. */
  get isAlive(): boolean {
    return this.ended === null;
  }

  /** Throws what opening a trace throws. */
  async open(session: SessionOptions): Promise<void> {
    this.spentMs = 0;
    await this.ask({ask: 'open', session});
  }

  /**
   * Runs SQL; `write` gets the result piece by piece.
   * @returns with `ms`, the time that the process worked on it
   * Throws limit SQL_TIMEOUT and SQL_MEMORY, and what the query throws.
   */
  async run(run: RunRequest, write: WritePiece): Promise<Written & {ms: number}> {
    if (run.format !== 'parquet') return this.pull(run, write);
    return withTemporaryFolder((folder) => this.pull({...run, write: {...run.write, folder}}, write));
  }

  private async pull(run: RunRequest, write: WritePiece): Promise<Written & {ms: number}> {
    this.spentMs = 0;
    let reply = await this.ask({ask: 'run', run});
    while (reply.is === 'piece') {
      await write(reply.piece);
      reply = await this.ask({ask: 'next'});
    }
    if (reply.is !== 'done') throw new Error(`found the answer ${reply.is}, expected done`);
    return {...reply.written, ms: this.spentMs};
  }

  /** Ends the query that runs, and the process. */
  close(): void {
    this.end(interruptedError());
  }

  private async ask(request: Request): Promise<Reply> {
    if (this.ended !== null) throw this.ended;
    const startMs = performance.now();
    const stopWatching = this.watch();
    try {
      const reply = await new Promise<Reply | Error>((resolve) => {
        this.settle = resolve;
        this.child.send(request);
      });
      if (reply instanceof Error) throw reply;
      if (reply.is === 'error') throw thrownError(reply.error);
      return reply;
    } finally {
      this.settle = null;
      this.spentMs += performance.now() - startMs;
      stopWatching();
    }
  }

  /** Ends the process when it reaches a limit. */
  private watch(): () => void {
    const {timeoutMs, memoryBytes} = this.limits;
    const expire = () => this.end(timeoutError(timeoutMs ?? 0));
    const timer = timeoutMs === null ? undefined : setTimeout(expire, timeoutMs - this.spentMs);
    const {pid} = this.child;
    if (memoryBytes === null || pid === undefined) return () => clearTimeout(timer);
    const look = async () => {
      const bytes = await residentBytes(pid);
      if (bytes > memoryBytes + ownBytes) this.end(memoryError(memoryBytes));
    };
    const interval = setInterval(look, watchMs);
    return () => {
      clearTimeout(timer);
      clearInterval(interval);
    };
  }

  private end(error: ApfError | Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    this.child.kill('SIGKILL');
    // It takes the system some 10 ms to clear it away, for which nobody need wait.
    this.child.unref();
    this.child.channel?.unref();
    this.settle?.(error);
  }
}

/** What of a process is in memory, bytes; 0 when it has ended, or where the system does not tell. */
async function residentBytes(pid: number): Promise<number> {
  try {
    if (process.platform !== 'linux') return await residentByPs(pid);
    const status = await readFile(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function residentByPs(pid: number): Promise<number> {
  const {stdout} = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}

function timeoutError(timeoutMs: number): ApfError {
  const message = `SQL: the query did not end in ${formatNs(timeoutMs * 1e6)}, and was stopped`;
  return new ApfError('limit', 'SQL_TIMEOUT', message, [`apf query --timeout ${formatNs(timeoutMs * 1e7)} …`]);
}

function memoryError(memoryBytes: number): ApfError {
  const message = `SQL: the query took more than ${formatBytes(memoryBytes)} of memory, and was stopped`;
  return new ApfError('limit', 'SQL_MEMORY', message, [`apf query --memory ${formatBytes(memoryBytes * 2)} …`]);
}

function interruptedError(): ApfError {
  return new ApfError('usage', interruptedCode, 'SQL: the query was interrupted');
}

/** The system kills with SIGKILL when it has no memory left; a terminal sends its Ctrl-C to both processes. */
function exitError(code: number | null, signal: NodeJS.Signals | null): Error {
  if (signal === 'SIGKILL') {
    return new ApfError('limit', 'SQL_MEMORY', 'SQL: the query was killed, as when the system has no memory left');
  }
  if (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP') return interruptedError();
  return new Error(`the process of the query ended: ${signal ?? `exit code ${code}`}`);
}

function thrownError({message, stack, user}: PlainError): Error {
  if (user !== null) return new ApfError(user.kind, user.code, message, user.suggestions);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
