import fs from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {ApfError} from '../../src/base/errors.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {repairTrace} from '../../src/trace/repair-trace.js';
import {compress} from '../../src/trace/zstd.js';
import {type Forgery, forgeTrace} from './forge.js';
import {resignTrace} from './resign.js';
import {readRows, syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

const folder = temporaryFolder();
const file = (name: string) => path.join(folder, `${name}.arrow`);

/** What reading all rows throws; the rows if it throws nothing. */
function rowsOrFailure(name: string): Float64Array[] | string {
  try {
    return readRows(name);
  } catch (error) {
    if (error instanceof ApfError) return `${error.kind} ${error.code}`;
    throw error;
  }
}

test.for([0, 1, 7, 129, 9_000])('%i rows come back from a compressed trace of the same digest', (count) => {
  const rows = syntheticRows(count);
  const plain = writeRows(file('plain'), rows, 1_000);
  const digest = writeRows(file('zstd'), rows, 1_000, 'zstd');
  expect(digest).toBe(plain);
  expect(readRows(file('zstd'))).toEqual(rows);
  const reader = openTrace(file('zstd'));
  expect(reader).toMatchObject({digest, complete: true, compression: 'zstd', bytes: fs.statSync(file('zstd')).size});
  expect(reader.verify()).toEqual([]);
  reader.close();
});

test('the same rows give the same compressed bytes, also by way of a reader and of the plain trace', () => {
  writeRows(file('once'), syntheticRows(3_000), 1_000, 'zstd');
  const plainAgain = file('plain-again');
  resignTrace(file('once'), plainAgain, {compression: 'none'});
  writeRows(file('plain-first'), syntheticRows(3_000), 1_000);
  expect(fs.readFileSync(plainAgain).equals(fs.readFileSync(file('plain-first')))).toBe(true);
  resignTrace(plainAgain, file('back'), {compression: 'zstd'});
  expect(fs.readFileSync(file('back')).equals(fs.readFileSync(file('once')))).toBe(true);
  expect(fs.statSync(file('once')).size).toBeLessThan(fs.statSync(plainAgain).size / 2);
});

test('a flipped bit of a compressed trace is bad data, or one of a frame that changes no row', () => {
  const rows = syntheticRows(12);
  writeRows(file('flipped'), rows, 8, 'zstd');
  const bytes = fs.readFileSync(file('flipped'));
  const reader = openTrace(file('flipped'));
  reader.close();
  const bodies = reader.batches.map(({offset, headerBytes, bodyBytes}) => [offset + headerBytes, bodyBytes]);
  const fd = fs.openSync(file('flipped'), 'r+');
  const unnoticed: string[] = [];
  let inFrames = 0;
  for (let index = 0; index < bytes.length; index++) {
    const isInBody = bodies.some(([begin, length]) => index >= begin && index < begin + length);
    for (const mask of [1 << (index % 8), 0x80 >> (index % 3), 0xff]) {
      fs.writeSync(fd, Uint8Array.of(bytes[index] ^ mask), 0, 1, index);
      const found = rowsOrFailure(file('flipped'));
      if (typeof found === 'string' && found.startsWith('badData TRACE_')) continue;
      inFrames++;
      if (!isInBody || typeof found === 'string') unnoticed.push(`byte ${index} xor ${mask}: ${found}`);
      else expect(found).toEqual(rows);
    }
    fs.writeSync(fd, bytes, index, 1, index);
  }
  fs.closeSync(fd);
  expect(unnoticed).toEqual([]);
  // The descriptor of a frame has a bit that nobody reads; the data have none.
  expect(inFrames).toBeLessThan(bytes.length / 100);
});

test('a compressed trace that is cut opens up to its last whole batch, and is made whole', () => {
  const rows = syntheticRows(3_000);
  writeRows(file('cut'), rows, 1_000, 'zstd');
  const whole = openTrace(file('cut'));
  whole.close();
  fs.truncateSync(file('cut'), whole.batches[2].offset + 500);
  expect(readRows(file('cut'))).toEqual(rows.slice(0, 2_000));
  expect(repairTrace(file('cut'), file('mended'))).toMatchObject({rows: 2_000, end: {ended: 'cut'}});
  const mended = openTrace(file('mended'));
  expect(mended).toMatchObject({complete: true, rows: 2_000, compression: 'zstd'});
  expect(mended.verify()).toEqual([]);
  mended.close();
  expect(readRows(file('mended'))).toEqual(rows.slice(0, 2_000));
});

test('batches of two compressions are in no trace', () => {
  const rows = syntheticRows(12);
  writeRows(file('mixed'), rows, 4, 'zstd');
  writeRows(file('plain'), rows, 4);
  const [zstd, plain] = ['mixed', 'plain'].map((name) => {
    const reader = openTrace(file(name));
    reader.close();
    return {bytes: fs.readFileSync(file(name)), batches: reader.batches};
  });
  const cut = zstd.batches[1].offset;
  fs.writeFileSync(
    file('mixed'),
    Buffer.concat([zstd.bytes.subarray(0, cut), plain.bytes.subarray(plain.batches[1].offset)]),
  );
  expect(rowsOrFailure(file('mixed'))).toBe('badData TRACE_DAMAGED');
});

/** Puts a buffer of so many bytes there instead: its declared length, then its content. */
function replaceBuffer(name: 'seq' | 'kind' | 'value', declared: bigint, content: Uint8Array): Partial<Forgery> {
  return {
    compressed({chunks, storedBytes}, numberOf) {
      const number = numberOf(name, 'values');
      const bytes = 8 + content.length;
      const chunk = new Uint8Array(Math.ceil(bytes / 8) * 8);
      new DataView(chunk.buffer).setBigInt64(0, declared, true);
      chunk.set(content, 8);
      chunks[number] = chunk;
      storedBytes[number] = bytes;
    },
  };
}

describe('forged with right digests', () => {
  const zeros = (bytes: number) => compress(new Uint8Array(bytes));
  const kinds = Uint8Array.from({length: 12}, (_, n) => n);
  const forgeries: [string, Partial<Forgery>, string][] = [
    ['nothing', {compressed: () => {}}, ''],
    ['a buffer kept as it was', replaceBuffer('kind', -1n, kinds), ''],
    ['a buffer kept as it was, too short', replaceBuffer('kind', -1n, kinds.subarray(1)), 'TRACE_COMPRESSION'],
    ['a declared length that is too long', replaceBuffer('seq', 2n ** 40n, zeros(96)), 'TRACE_COMPRESSION'],
    ['a declared length that is too short', replaceBuffer('seq', 95n, zeros(95)), 'TRACE_COMPRESSION'],
    ['a declared length that is negative', replaceBuffer('seq', -2n, zeros(96)), 'TRACE_COMPRESSION'],
    ['a frame that holds more than is declared', replaceBuffer('seq', 96n, zeros(2 ** 16)), 'TRACE_COMPRESSION'],
    ['a frame that holds less than is declared', replaceBuffer('seq', 96n, zeros(8)), 'TRACE_COMPRESSION'],
    ['a frame that is cut', replaceBuffer('seq', 96n, zeros(96).subarray(0, 10)), 'TRACE_COMPRESSION'],
    ['no frame at all', replaceBuffer('seq', 96n, new Uint8Array(40).fill(0x55)), 'TRACE_COMPRESSION'],
    ['other content', replaceBuffer('seq', 96n, zeros(96)), 'TRACE_DIGEST'],
    ['a buffer that is longer than without compression', replaceBuffer('seq', 96n, zeros(2 ** 26)), 'TRACE_DAMAGED'],
    ['a buffer shorter than its length', replaceBuffer('seq', 96n, new Uint8Array(0)), 'TRACE_DAMAGED'],
    ['a buffer where there is none', {compressed: ({storedBytes}) => storedBytes.splice(0, 1, 8)}, 'TRACE_DAMAGED'],
    [
      'padding that is not zero',
      {compressed: ({chunks, storedBytes}, numberOf) => chunks[numberOf('kind', 'values')].fill(1, storedBytes[9])},
      'TRACE_COMPRESSION',
    ],
  ];
  test.for(forgeries)('%s', ([what, forgery, code]) => {
    const name = file(what.replaceAll(/\W/g, '-'));
    forgeTrace(name, forgery);
    const found = rowsOrFailure(name);
    if (code === '') expect(found).toEqual(syntheticRows(12));
    else expect(found).toBe(`badData ${code}`);
  });
});
