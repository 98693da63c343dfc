import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Lines that are kept. */
const linesMax = 1000;

/** Where the state of programs belongs (XDG Base Directory Specification); nothing is put into the working folder. */
export function historyPath(environment: NodeJS.ProcessEnv = process.env): string {
  const state = environment.XDG_STATE_HOME;
  const folder = state !== undefined && path.isAbsolute(state) ? state : path.join(os.homedir(), '.local', 'state');
  return path.join(folder, 'apf', 'query-history');
}

/** Lines typed before, the newest first, as readline has them; none when there is no such file. */
export function readHistory(file: string): string[] {
  try {
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').reverse();
  } catch {
    return [];
  }
}

/** Keeps them, for the user alone to read. A folder that cannot be written to is no reason to fail. */
export function writeHistory(file: string, newestFirst: readonly string[]): void {
  const lines = newestFirst.slice(0, linesMax).filter((line) => line.trim() !== '');
  try {
    fs.mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
    fs.writeFileSync(
      file,
      lines
        .reverse()
        .map((line) => `${line}\n`)
        .join(''),
      {mode: 0o600},
    );
  } catch {
    // As in a container without a home folder.
  }
}
