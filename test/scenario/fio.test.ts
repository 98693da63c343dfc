import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readFioLatencies} from '../../src/scenario/fio.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'apf-fio-'));
});
afterAll(() => rmSync(folder, {recursive: true}));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const log = '0, 58217, 0, 4096, 0\n0, 97658, 1, 4096, 8192, 0x4001\n12,78749,0,4096,0\n';

describe('reads the second column', () => {
  test.for([
    ['plain', log],
    ['gzip', gzipSync(log)],
  ] as const)('%s', async ([name, content]) => {
    expect([...(await readFioLatencies(file(name, content as Buffer)))]).toEqual([58217, 97658, 78749]);
  });

  test('of more lines than the first table holds', async () => {
    const values = await readFioLatencies(
      file('long', Array.from({length: 10_000}, (_, i) => `0, ${i}, 0, 1, 0\n`).join('')),
    );
    expect(values).toEqual(Float64Array.from({length: 10_000}, (_, i) => i));
  });
});

test.for([
  ['words', 'time, latency\n', 1],
  ['four columns', '0, 1, 0, 4096, 0\n0, 1, 0, 4096\n', 2],
  ['an empty field', '0, , 0, 4096, 0\n', 1],
  ['a negative latency', '0, -5, 0, 4096, 0\n', 1],
  ['a latency above 2^53', '0, 9007199254740993, 0, 4096, 0\n', 1],
] as const)('refuses %s', async ([name, content, line]) => {
  const path = file(name, content);
  await expect(readFioLatencies(path)).rejects.toMatchObject({
    code: 'FIO_LINE',
    exitCode: 65,
    message: expect.stringContaining(`${path}:${line}:`),
  });
});

test('refuses an empty log', async () => {
  await expect(readFioLatencies(file('empty', ''))).rejects.toMatchObject({code: 'FIO_EMPTY', exitCode: 65});
});
