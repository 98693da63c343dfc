import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {protocolNames} from '../../src/protocol/protocols.js';
import {record} from '../../src/record/record.js';
import {loadScenario} from '../../src/scenario/load.js';
import {compressionNames} from '../../src/trace/schema.js';
import {type Base, baseOf, writeCase} from './cases.js';
import {judge} from './judge.js';

/*
 * `npm run fuzz -- --seed 1 --rounds 10000`: traces that are cut, mangled, spliced, forged and signed anew. Each must be
 * refused as bad data or be read rightly, soon and in little memory. The same seeds make the same cases.
 */

/** A case may take so long, ms, and the process so much memory, bytes. */
const caseMs = 2_000;
const rssMax = 512 << 20;

interface Job {
  first: number;
  rounds: number;
  folder: string;
}

async function makeBases(folder: string): Promise<Base[]> {
  const bases: Base[] = [];
  for (const protocol of protocolNames) {
    const overrides = ['until.faults=60', 'vcpus=2', 'host.failures.rate=0.05', 'host.recovery=exception'];
    const {scenario, files} = await loadScenario('token-starvation', {overrides, protocol});
    const trace = path.join(folder, `${protocol}.arrow`);
    const silent = {limitEvents: null, accessesAll: false, signal: null, onProgress: null};
    await record({scenario, files, output: trace, ...silent});
    for (const compression of compressionNames) {
      bases.push(baseOf(trace, path.join(folder, `${protocol}.${compression}.arrow`), compression));
    }
  }
  return bases;
}

/** In the worker: tells before each case that it begins, and stops at the first that goes wrong. */
async function work({first, rounds, folder}: Job): Promise<void> {
  const bases = await makeBases(folder);
  const file = path.join(folder, 'case.arrow');
  for (let seed = first; seed < first + rounds; seed++) {
    const one = writeCase(seed, bases, file);
    parentPort?.postMessage({seed, what: one.what});
    const wrong = await judge(file, one, bases);
    if (wrong !== null) throw new Error(wrong);
  }
}

/** Watches over the worker from outside, for it may hang. */
async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {seed: {type: 'string', default: '1'}, rounds: {type: 'string', default: '10000'}},
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'apf-fuzz-'));
  const job: Job = {first: Number(values.seed), rounds: Number(values.rounds), folder};
  const worker = new Worker(new URL(import.meta.url), {workerData: job});
  let last = {seed: job.first, what: 'before the first case'};
  let sinceMs = performance.now() + 10_000; // the bases are recorded first
  let rssPeak = 0;
  const fail = (why: string) => {
    const kept = path.join(os.tmpdir(), `apf-fuzz-${last.seed}.arrow`);
    if (fs.existsSync(path.join(folder, 'case.arrow'))) fs.copyFileSync(path.join(folder, 'case.arrow'), kept);
    console.error(
      `seed ${last.seed}, ${last.what}: ${why}\nthe file: ${kept}; again: npm run fuzz -- --seed ${last.seed} --rounds 1`,
    );
    process.exitCode = 1;
    void worker.terminate();
  };
  const watch = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
    if (performance.now() - sinceMs > caseMs) fail(`takes more than ${caseMs} ms`);
    else if (rssPeak > rssMax) fail(`takes ${rssPeak} bytes of memory`);
  }, 100);
  worker.on('message', (message) => {
    last = message;
    sinceMs = performance.now();
  });
  worker.on('error', (error) => fail(error.message));
  await new Promise((resolve) => worker.on('exit', resolve));
  clearInterval(watch);
  fs.rmSync(folder, {recursive: true});
  if (process.exitCode === undefined) {
    console.log(
      `${job.rounds} cases from seed ${job.first}: none went wrong, at most ${Math.round(rssPeak / 2 ** 20)} MB`,
    );
  }
}

if (isMainThread) await main();
else await work(workerData as Job);
