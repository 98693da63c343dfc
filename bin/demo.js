#!/usr/bin/env node
// A tour in a temporary folder: each command is shown, then run. Ends with 0 when all of them end as they should.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const steps = [
  {
    says: 'Every memory access of a real program, in half of the memory that it touches.',
    argv: ['record', 'real-program'],
  },
  {says: 'The trace replays to the last event.', argv: ['replay']},
  {
    says: 'The same program with a third of that memory.',
    argv: ['record', 'real-program', '--set', 'host.memory.resident=24'],
  },
  {says: 'What did that change? A difference is exit code 1.', argv: ['diff'], exit: 1},
  {says: 'How long did faults take, and in which phase?', argv: ['query', 'FROM latency']},
  {
    says: 'Sixteen tasks that share four tokens.',
    argv: ['record', 'token-starvation', '--set', 'until.faults=2000', '-o', 'starved.arrow'],
  },
  {
    says: 'Who starved, of what, and for how long?',
    argv: [
      'query',
      '-t',
      'starved.arrow',
      'SELECT pattern, count(*) AS stretches, max(duration_ns) AS longest_ns, arg_max(evidence, duration_ns) AS seq ' +
        'FROM starvation GROUP BY pattern ORDER BY pattern',
    ],
  },
];

const apf = fileURLToPath(new URL('run.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'apf-demo-'));
try {
  for (const {says, argv, exit = 0} of steps) {
    console.log(`\n# ${says}\n$ apf ${argv.map(quoted).join(' ')}`);
    const {status, signal, error} = spawnSync(process.execPath, [apf, ...argv], {cwd: folder, stdio: 'inherit'});
    if (status === exit) continue;
    console.error(`demo: expected exit code ${exit}, found ${status ?? signal ?? error}`);
    process.exitCode = 1;
    break;
  }
} finally {
  rmSync(folder, {recursive: true, force: true});
}

/** @param {string} word */
function quoted(word) {
  return /^[\w./=-]+$/.test(word) ? word : `'${word}'`;
}
