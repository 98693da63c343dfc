import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {DuckDBInstance} from '@duckdb/node-api';
import {type OpenResult, runQuery} from '../../src/query/run.js';
import {record} from '../../src/record/record.js';
import {replay} from '../../src/replay/replay.js';
import {loadScenario} from '../../src/scenario/load.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';

/*
 * Events per second of record, replay and scan, each beside a peer of the same run: the machine is shared, and only
 * ratios carry over. Every figure is the median of `runs` measurements, peers taking turns.
 */

const runs = 5;
const faults = Number(process.argv[2] ?? 100_000);
const apf = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
const scan = 'SELECT kind, count(*) FROM events GROUP BY kind';

/** Milliseconds of each of several acts, medians over `runs` rounds in which they take turns. */
async function medians(acts: Record<string, () => unknown>): Promise<Record<string, number>> {
  const times = new Map(Object.keys(acts).map((name): [string, number[]] => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, act] of Object.entries(acts)) {
      const start = performance.now();
      await act();
      times.get(name)?.push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, list.sort((a, b) => a - b)[runs >> 1]]));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'apf-bench-'));
  try {
    await bench(folder);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

async function bench(folder: string): Promise<void> {
  const trace = join(folder, 'bench.arrow');
  const parquet = join(folder, 'bench.parquet');
  const {scenario, files} = await loadScenario('overcommit', {overrides: [`until.faults=${faults}`]});
  const options = {scenario, files, limitEvents: null, accessesAll: false, signal: null, onProgress: null};
  const {events} = await record({...options, output: trace});
  await writeParquet(trace, parquet, folder);
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const ms = await medians({
    'record --no-trace': () => record({...options, output: null}),
    record: () => record({...options, output: trace}),
    replay: async () => {
      const reader = openTrace(trace);
      await replay(reader, {signal: null, onProgress: null});
      reader.close();
    },
    scan: () => drain(runQuery({traces: [trace], sql: scan})),
    'DuckDB on Parquet': () => duckdb.runAndReadAll(scan.replace('events', `'${parquet}'`)),
    'apf --version': () => execFileSync(process.execPath, [apf, '--version']),
    'node -e 0': () => execFileSync(process.execPath, ['-e', '0']),
  });
  const line = (name: string, peer: string) => {
    const rate = `${(events / ms[name] / 1000).toFixed(2)} M events/s`.padStart(18);
    print(`${name.padEnd(20)}${rate}   ${(ms[name] / ms[peer]).toFixed(2)} × ${peer}`);
  };
  print(
    `${events} events of overcommit; Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model}`,
  );
  line('record --no-trace', 'record --no-trace');
  line('record', 'record --no-trace');
  line('replay', 'record');
  line('scan', 'DuckDB on Parquet');
  print(`tracing costs ${(((ms.record - ms['record --no-trace']) * 1e6) / events).toFixed(0)} ns an event`);
  const version = ms['apf --version'];
  print(
    `apf --version       ${version.toFixed(0).padStart(15)} ms   ${(version / ms['node -e 0']).toFixed(2)} × node -e 0`,
  );
}

/** Reads a result to its end; returns its rows. */
async function drain(query: Promise<OpenResult>): Promise<number> {
  const result = await query;
  let rows = 0;
  for await (const chunk of result.chunks()) rows += chunk.rowCount;
  result.close();
  return rows;
}

/** The same rows for the peer: through CSV, which both sides write and read exactly. */
async function writeParquet(trace: string, parquet: string, folder: string): Promise<void> {
  const csv = join(folder, 'bench.csv');
  execFileSync(process.execPath, [apf, 'query', '-t', trace, '--format', 'csv', '-o', csv, 'SELECT * FROM events']);
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run(`COPY (FROM read_csv('${csv}')) TO '${parquet}' (FORMAT parquet)`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
