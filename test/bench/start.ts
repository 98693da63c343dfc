import {join} from 'node:path';
import {medians, printRatio} from './medians.js';
import {apf, bareNode} from './programs.js';

/** What it takes to say anything at all. */
export async function benchStart(folder: string): Promise<void> {
  const trace = join(folder, 'small.arrow');
  apf('record', 'overcommit', '--set', 'until.faults=300', '-q', '-o', trace);
  const ms = await medians({
    'node -e 0': bareNode,
    'apf --version': () => apf('--version'),
    'apf query, a small trace': () => apf('query', '-t', trace, 'SELECT count(*) FROM events'),
  });
  printRatio(ms, 'apf --version', 'node -e 0');
  printRatio(ms, 'apf query, a small trace', 'node -e 0');
}
