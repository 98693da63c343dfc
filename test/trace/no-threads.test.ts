import fs from 'node:fs';
import path from 'node:path';
import {expect, test, vi} from 'vitest';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {metadata, syntheticRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

const refuse = vi.hoisted(() => vi.fn());

/** As where the number of processes is limited. */
vi.mock('node:worker_threads', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:worker_threads')>()),
  Worker: class {
    constructor() {
      refuse();
      throw new Error('ERR_WORKER_INIT_FAILED');
    }
  },
}));

const folder = temporaryFolder();
const file = (name: string) => path.join(folder, `${name}.arrow`);
const rows = syntheticRows(1000);

test.each([10, 500])(
  'where the system gives no thread, a trace is written without; a step of %i rows',
  async (step) => {
    refuse.mockClear();
    const written = async (name: string, inBackground: boolean) => {
      const writer = new TraceWriter(file(name), metadata, {rowsPerBatch: 128, inBackground});
      for (const [index, row] of rows.entries()) {
        writer.row(row);
        if (index % step === step - 1) writer.endStep(index, 7);
        expect(writer.isBehind).toBe(false);
      }
      await writer.caughtUp();
      writer.finish({ended: 'until', endNs: 1e15});
      return fs.readFileSync(file(name));
    };
    const alone = await written('alone', true);
    expect(refuse).toHaveBeenCalledOnce();
    expect(alone.equals(await written('expected', false))).toBe(true);
  },
);
