import type {DuckDBInstance} from '@duckdb/node-api';
import {ApfError} from '../base/errors.js';
import type {PlainError, Reply, Request, RunRequest} from './child-messages.js';
import {writeResults} from './format.js';
import {isDocument} from './format-names.js';
import {openSession} from './run.js';
import type {QuerySession} from './session.js';

/* What the process that runs queries answers. */

let session: QuerySession | null = null;
/** Goes on with a result when its next piece is asked for. */
let proceed: (() => void) | null = null;

/** @param begun the database of a session that is to be opened */
export function take(request: Request, begun: Promise<DuckDBInstance> | undefined): void {
  if (request.ask === 'next') proceed?.();
  else void answer(request, begun).then(reply, (error) => reply({is: 'error', error: plainError(error)}));
}

async function answer(
  request: Exclude<Request, {ask: 'next'}>,
  begun: Promise<DuckDBInstance> | undefined,
): Promise<Reply> {
  if (request.ask === 'run') return run(request.run);
  session = await openSession(request.session, begun);
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
