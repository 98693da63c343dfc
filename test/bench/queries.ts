import assert from 'node:assert';
import {join} from 'node:path';
import {openSession} from '../../src/query/run.js';
import {median, medians, print, printRatio, runs} from './medians.js';
import {apf, peer} from './programs.js';

/** How often each process that runs the query several times has its turn. */
const rounds = 5;

const scan = 'SELECT kind, count(*) FROM events GROUP BY kind';

/**
 * A scan of a column: the whole cold process, and the query alone in a process that has run it before, each beside DuckDB
 * on the same rows in Parquet.
 */
export async function benchQueries(folder: string, faults: number): Promise<void> {
  const trace = join(folder, 'large.arrow');
  const parquet = join(folder, 'large.parquet');
  apf('record', 'overcommit', '--set', `until.faults=${faults}`, '-q', '-o', trace);
  apf('query', '-t', trace, '--timeout', '600s', '-o', parquet, 'FROM events');
  const sql = scan.replace('events', `'${parquet}'`);
  const ms: Record<string, number> = await medians({
    'Node and DuckDB on Parquet': () => peer(sql),
    'apf query, cold': () => apf('query', '-t', trace, scan),
  });
  // In turns, for the machine is not the same all the time; several times in a process, so that each has its own caches full.
  const alone: number[] = [];
  const peerAlone: number[] = [];
  let events = 0;
  for (let round = 0; round < rounds; round++) {
    const session = await openSession({traces: [trace]});
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      events = await count(session.run(scan));
      alone.push(performance.now() - start);
    }
    session.close();
    const again = peer(sql, runs);
    peerAlone.push(...again.ms);
    assert.equal(
      events,
      again.rows.reduce((sum, row) => sum + Number(row.at(-1)), 0),
    );
  }
  Object.assign(ms, {'apf query alone': median(alone), "DuckDB's query alone": median(peerAlone)});
  print(`${events} events, GROUP BY kind`);
  printRatio(ms, 'apf query, cold', 'Node and DuckDB on Parquet');
  printRatio(ms, 'apf query alone', "DuckDB's query alone");
}

/** The sum of the last column. */
async function count(results: ReturnType<Awaited<ReturnType<typeof openSession>>['run']>): Promise<number> {
  let sum = 0;
  for await (const result of results) {
    for await (const chunk of result.chunks()) for (const row of chunk.rows()) sum += Number(row.at(-1));
  }
  return sum;
}
