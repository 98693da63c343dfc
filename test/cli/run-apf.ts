import {type ChildProcess, type SpawnSyncReturns, spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterAll} from 'vitest';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** As a user has it: vitest's NODE_ENV would make oclif warn. */
const {NODE_ENV: _, ...environment} = process.env;

export type Ran = Pick<SpawnSyncReturns<string>, 'status' | 'signal' | 'stdout' | 'stderr'>;

/** A folder in which apf runs, removed after the tests of the file. */
export class ApfFolder {
  readonly path = fs.mkdtempSync(path.join(os.tmpdir(), 'apf-cli-'));

  constructor() {
    afterAll(() => fs.rmSync(this.path, {recursive: true, force: true}));
  }

  /** Runs what was built, with both streams into pipes. */
  run(...argv: string[]): Ran {
    return spawnSync(process.execPath, [program, ...argv], this.options());
  }

  /** Runs a shell's line in which $APF stands for apf. */
  shell(line: string): Ran {
    const env = {...environment, APF: `"${process.execPath}" "${program}"`};
    return spawnSync('sh', ['-c', line.replaceAll('$APF', env.APF)], this.options());
  }

  start(...argv: string[]): ChildProcess {
    return spawn(process.execPath, [program, ...argv], {cwd: this.path, env: environment, stdio: 'ignore'});
  }

  /** The document that a command prints under --json. */
  json<T = Record<string, unknown>>(...argv: string[]): T {
    return JSON.parse(this.run(...argv, '--json').stdout);
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  files(): string[] {
    return fs.readdirSync(this.path).sort();
  }

  private options() {
    return {cwd: this.path, env: environment, encoding: 'utf8', maxBuffer: 2 ** 28} as const;
  }
}

/** A short recording, of some thousand events. */
export const short = ['token-starvation', '--set', 'until.faults=200'] as const;
