import {ApfError} from '../base/errors.js';
import type {PlainError, Reply, Request, RunRequest} from './child-messages.js';
import {writeResults} from './format.js';
import {isDocument} from './format-names.js';
import {openSession} from './run.js';
import type {QuerySession} from './session.js';

/*
 * The process that runs queries, so that whoever started it can end it at any moment: DuckDB cannot be stopped inside
 * one expression, and its bound on memory leaves out strings and lists.
 */

let session: QuerySession | null = null;
/** Goes on with a result when its next piece is asked for. */
let proceed: (() => void) | null = null;

process.on('message', (request: Request) => {
  if (request.ask === 'next') proceed?.();
  else void answer(request).then(reply, (error) => reply({is: 'error', error: plainError(error)}));
});
// It takes 0.1 s to load, in which the traces are looked at.
void import('@duckdb/node-api');
process.on('disconnect', endAtOnce);
if (!process.connected) endAtOnce();

/** DuckDB may be at work on other threads: nothing less ends them. */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function answer(request: Exclude<Request, {ask: 'next'}>): Promise<Reply> {
  if (request.ask === 'run') return run(request.run);
  session = await openSession(request.session);
  return {is: 'opened'};
}

async function run({sql, options, format, write}: RunRequest): Promise<Reply> {
  if (session === null) throw new Error('a query before the traces are open');
  const several = options.several === true && !isDocument(format);
  const results = session.run(sql, {...options, several});
  return {is: 'done', written: await writeResults(results, format, sendPiece, write)};
}

/** Nothing more is made until this piece has gone where it should. */
function sendPiece(piece: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    proceed = resolve;
    reply({is: 'piece', piece});
  });
}

function reply(message: Reply): void {
  process.send?.(message);
}

function plainError(error: unknown): PlainError {
  const {message, stack = ''} = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof ApfError)) return {message, stack, user: null};
  const {kind, code, suggestions} = error;
  return {message, stack, user: {kind, code, suggestions}};
}
