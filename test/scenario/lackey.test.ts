import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {openLackey} from '../../src/scenario/lackey.js';

const fixture = fileURLToPath(new URL('../../fixtures/workloads/true.lackey.gz', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'apf-lackey-'));
});
afterAll(() => rmSync(folder, {recursive: true}));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string) {
  const reader = openLackey(path);
  const into = {page: 0, offset: 0, instructions: 0, isFetch: false};
  const accesses: [page: number, offset: number, instructions: number][] = [];
  try {
    for (;;) {
      const more = reader.next(into);
      if (more === false) break;
      if (more === 'more') await reader.more();
      else accesses.push([into.page, into.offset, into.instructions]);
    }
  } finally {
    await reader.close();
  }
  return {accesses, lines: reader.accessCount, left: reader.instructionsSince};
}

const byHand = [
  '==7== Lackey, an example Valgrind tool',
  'I  00001ff0,4', //  page 1, the first fetch: 1 instruction
  'I  00001ff4,4', //  the same page: merged, counts for the next
  ' L 0000500a,8', //  page 5, after 1 instruction
  ' S 00005010,8', //  merged
  'I  00001ffe,4', //  crosses: page 1 with its own instruction, then page 2 with none
  ' M 00002008,4', //  page 2 still: merged, and one access
  'I  00002002,3', //  merged
  'I  00002005,3', //  merged
  ' L 00005ffc,8', //  crosses: page 5 after 2 instructions, then page 6
  '==7== Exit code: 0',
  'I  00006000,1', //  page 6: merged; left over at the end
  '',
].join('\n');

const expected = [
  [1, 0xff0, 1],
  [5, 0x00a, 1],
  [1, 0xffe, 1],
  [2, 0, 0],
  [5, 0xffc, 2],
  [6, 0, 0],
];

describe('a trace made by hand', () => {
  test.for([
    ['plain', byHand],
    ['gzip, whatever its name', gzipSync(byHand)],
    ['without the last newline', byHand.slice(0, -1)],
  ] as const)('%s', async ([name, content]) => {
    const {accesses, lines, left} = await readAll(file(name, content as Buffer));
    expect(accesses).toEqual(expected);
    expect([lines, left]).toEqual([10, 1]);
  });

  test('an empty one has no access', async () => {
    expect((await readAll(file('empty', ''))).accesses).toEqual([]);
  });

  test('addresses of 64 bits are exact', async () => {
    const {accesses} = await readAll(file('high', ' L ffffffffff600fff,1\n S fffffffffffffff8,8\n L 7,1\n'));
    expect(accesses).toEqual([
      [0xffffffffff600, 0xfff, 0],
      [0xfffffffffffff, 0xff8, 0],
      [0, 7, 0],
    ]);
  });

  test('an access of three pages is three', async () => {
    expect((await readAll(file('wide', ' S 00001fff,4098\n'))).accesses.map(([page]) => page)).toEqual([1, 2, 3]);
  });

  test('lines across chunks are whole', async () => {
    const lines = Array.from({length: 60_000}, (_, i) => `I  ${(i * 4096).toString(16)},4\n`).join('');
    const {accesses} = await readAll(file('long', lines));
    expect(accesses.length).toBe(60_000);
    expect(accesses.every(([page, offset, instructions], i) => page === i && offset === 0 && instructions === 1)).toBe(
      true,
    );
  });
});

describe('broken', () => {
  test.for([
    ['no kind', 'X  1000,4\n', 1],
    ['an empty line', 'I  1000,4\n\n', 2],
    ['one blank', 'I 1000,4\n', 1],
    ['no size', 'I  1000\n', 1],
    ['an empty size', 'I  1000,\n', 1],
    ['size 0', 'I  1000,0\n', 1],
    ['a hexadecimal size', 'I  1000,a\n', 1],
    ['no address', 'I  ,4\n', 1],
    ['a decimal point', ' L 10.0,4\n', 1],
    ['17 digits', ' L 10000000000000000,4\n', 1],
    ['beyond the end of addresses', ' L ffffffffffffffff,2\n', 1],
    ['one = only', '=7= x\n', 1],
    ['a carriage return', 'I  1000,4\r\n', 1],
    ['cut', 'I  1000,4\n==1==\n L 10', 3],
  ] as const)('%s', async ([name, content, line]) => {
    const path = file(name, content);
    await expect(readAll(path)).rejects.toMatchObject({
      code: 'LACKEY_LINE',
      exitCode: 65,
      message: expect.stringContaining(`${path}:${line}:`),
    });
  });

  test('a line without end is refused, not read into memory', async () => {
    await expect(readAll(file('endless', 'I  '.padEnd(3_000_000, '0')))).rejects.toMatchObject({exitCode: 65});
  });

  test('cut gzip', async () => {
    const packed = gzipSync(byHand);
    await expect(readAll(file('cut.gz', packed.subarray(0, 40)))).rejects.toMatchObject({
      code: 'GZIP_DAMAGED',
      exitCode: 65,
    });
  });

  test('no file', async () => {
    await expect(readAll(join(folder, 'none'))).rejects.toMatchObject({code: 'INPUT_MISSING', exitCode: 66});
  });
});

test('/usr/bin/true: 167,334 accesses on 140 pages', async () => {
  const {accesses, lines, left} = await readAll(fixture);
  expect(lines).toBe(167_334);
  expect(new Set(accesses.map(([page]) => page)).size).toBe(140);
  // valgrind's own count of guest instructions.
  expect(accesses.reduce((sum, [, , instructions]) => sum + instructions, left)).toBe(127_679);
  expect(accesses.every(([page], i) => i === 0 || page !== accesses[i - 1][0])).toBe(true);
});
