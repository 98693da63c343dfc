import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect} from 'vitest';
import {type LoadedScenario, loadScenario} from '../../src/scenario/load.js';

export interface Cases {
  /** A folder with data/trace and data/log, removed after the tests. */
  folder(): string;
  /** Loads case.yaml with the text given, and overrides. */
  load(text: string, ...overrides: string[]): Promise<LoadedScenario>;
}

/** A real temporary folder for the tests of one file. */
export function scenarioCases(): Cases {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apf-scenario-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'trace'), gzipSync('I  00001000,4\n L 00002000,8\n'));
    writeFileSync(join(folder, 'data', 'log'), '0, 100, 0, 4096, 0\n0, 300, 0, 4096, 0\n');
  });
  afterAll(() => rmSync(folder, {recursive: true}));
  return {
    folder: () => folder,
    load: (text, ...overrides) => {
      const path = join(folder, 'case.yaml');
      writeFileSync(path, text);
      return loadScenario(path, {overrides});
    },
  };
}

/** What a file that is wrong at one key is refused with. */
export function invalid(message: string) {
  return {code: 'SCENARIO_INVALID', exitCode: 65, message: expect.stringMatching(message)};
}
