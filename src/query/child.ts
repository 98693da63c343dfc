import type {DuckDBInstance} from '@duckdb/node-api';
import type {Request} from './child-messages.js';
import {createDatabase, limitsOf} from './sandbox.js';

/*
 * The process that runs queries, so that whoever started it can end it at any moment: DuckDB cannot be stopped inside
 * one expression, and its bound on memory leaves out strings and lists.
 *
 * It begins with what takes longest: DuckDB is loaded, and starts on a thread of its own while all the rest is read.
 */

const duckdb = import('@duckdb/node-api');

process.on('message', (request: Request) => {
  let begun: Promise<DuckDBInstance> | undefined;
  if (request.ask === 'open') {
    const {session} = request;
    begun = duckdb.then((loaded) => createDatabase(loaded, limitsOf(session)));
    begun.catch(() => undefined); // whoever awaits it is told
  }
  void answers.then(({take}) => take(request, begun));
});
process.on('disconnect', endAtOnce);
if (!process.connected) endAtOnce();

const answers = duckdb.then(() => import('./answers.js'));

/** DuckDB may be at work on other threads: nothing less ends them. */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}
