import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Runs something with a folder of its own outside the working folder, which is removed when it ends. */
export async function withTemporaryFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'apf-'));
  try {
    return await run(folder);
  } finally {
    fs.rmSync(folder, {recursive: true, force: true});
  }
}
