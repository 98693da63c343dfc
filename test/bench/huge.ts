import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {print} from './medians.js';

const apfProgram = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
/** Some 100 million events. */
const faults = 5_005_000;

/** The most memory that each command takes on 100 million events, the process of a query included. */
export function benchHuge(folder: string): void {
  const trace = join(folder, 'huge.arrow');
  const note = join(folder, 'rss.mjs');
  // Each process says at its end what it took at most; that of a query is killed, and looked at before.
  fs.writeFileSync(
    note,
    `import fs from 'node:fs';
    const note = () => fs.appendFileSync(process.env.APF_RSS, process.resourceUsage().maxRSS + '\\n');
    process.on('exit', note);
    if (process.send !== undefined) setInterval(note, 100).unref();`,
  );
  const peak = (...argv: readonly string[]) => {
    const figures = join(folder, `${argv[0]}.rss`);
    const env = {...process.env, NODE_OPTIONS: `--import ${note}`, APF_RSS: figures};
    const ran = spawnSync(process.execPath, [apfProgram, ...argv, '-q'], {env, encoding: 'utf8', maxBuffer: 2 ** 28});
    if (ran.status !== 0) throw new Error(`apf ${argv.join(' ')}: ${ran.stderr}`);
    const kb = Math.max(...readNumbers(figures));
    print(`${`apf ${argv[0]}, 100 M events`.padEnd(34)}${`${Math.round(kb / 1024)} MB`.padStart(12)}`);
  };
  peak('record', 'overcommit', '--set', `until.faults=${faults}`, '-o', trace);
  peak('replay', '-t', trace);
  peak('check', '-t', trace);
  peak('query', '-t', trace, '--timeout', '600s', 'SELECT kind, count(*), max(time_ns) FROM events GROUP BY kind');
}

function readNumbers(file: string): number[] {
  return fs.readFileSync(file, 'utf8').trim().split('\n').map(Number);
}
