import fs from 'node:fs';
import {expect, test} from 'vitest';
import {replay} from '../../src/replay/replay.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';

const traces = new URL('../../fixtures/traces/', import.meta.url);

test.for(fs.readdirSync(traces).sort())('%s opens, is whole, and replays', async (name) => {
  const reader = openTrace(new URL(name, traces).pathname);
  expect(reader).toMatchObject({complete: true, problems: []});
  expect(reader.metadata.format).toBe(Number(/^format-(\d+)/.exec(name)?.[1]));
  const result = await replay(reader, {signal: null, onProgress: null});
  reader.close();
  expect(result).toMatchObject({events: reader.rows, difference: null});
});
