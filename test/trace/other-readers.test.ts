import fs from 'node:fs';
import path from 'node:path';
import {CompressionType as FlechetteCompression, setCompressionCodec, tableFromIPC} from '@uwdata/flechette';
import {CompressionType, compressionRegistry, tableFromIPC as tableOfApacheArrow} from 'apache-arrow';
import {decompress} from 'fzstd';
import {Table, writeParquet} from 'parquet-wasm';
import {describe, expect, test} from 'vitest';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {queryText} from '../query/query-text.js';
import {syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

/*
 * Readers that share no code with the writer: flechette is its own implementation of Arrow in JavaScript, parquet-wasm
 * is arrow-rs. What arrow-rs read goes to a Parquet file, which DuckDB reads. That build of arrow-rs has no zstd: what is
 * compressed is read by flechette and by apache-arrow, with a codec that is not the writer's.
 */

const folder = temporaryFolder();
const recorded = path.join(import.meta.dirname, '../../fixtures/traces/format-1.arrow');
const synthetic = path.join(folder, 'synthetic.arrow');
writeRows(synthetic, syntheticRows(10_001), 3_000);
const compressed = path.join(folder, 'compressed.arrow');
writeRows(compressed, syntheticRows(10_001), 3_000, 'zstd');
// fzstd returns part of a buffer, which the readers would lay 64-bit numbers over.
const decode = (bytes: Uint8Array) => decompress(bytes).slice();
setCompressionCodec(FlechetteCompression.ZSTD, {decode, encode: (bytes) => bytes});
compressionRegistry.set(CompressionType.ZSTD, {decode});

const columns = 'seq, time_ns, vcpu, task, kind, choice, fault, cause, token, gpa, gva, reason, result, value'.split(
  ', ',
);

/** Rows as texts, a row a line, by apf's own reader through SQL. */
const ownRows = (trace: string) =>
  queryText({traces: [trace], sql: `SELECT ${columns.join(', ')} FROM events ORDER BY seq`}, 'tsv');

const header = `${columns.join('\t')}\n`;
const cellOf = (value: unknown) => (value === null || value === undefined ? '' : String(value));

function flechetteRows(bytes: Uint8Array): string {
  const table = tableFromIPC(bytes, {useBigInt: true});
  const vectors = columns.map((name) => table.getChild(name));
  const lines = Array.from({length: table.numRows}, (_, row) => vectors.map((vector) => cellOf(vector.at(row))));
  return header + lines.map((cells) => `${cells.join('\t')}\n`).join('');
}

/** An Arrow file holds a stream after its magic and the padding of that. */
async function arrowRsRows(bytes: Uint8Array, name: string): Promise<string> {
  const file = path.join(folder, name);
  fs.writeFileSync(file, writeParquet(Table.fromIPCStream(bytes.subarray(8))));
  return parquetRows(file);
}

const parquetRows = (file: string) =>
  queryText(
    {traces: [recorded], sql: `SELECT ${columns.join(', ')} FROM '${file}' ORDER BY seq`, isUnsafe: true},
    'tsv',
  );

describe.for([
  ['a recording', recorded],
  ['every column with and without nulls, in several batches', synthetic],
])('%s', ([, trace]) => {
  test('flechette reads the same rows', async () => {
    expect(flechetteRows(fs.readFileSync(trace))).toBe(await ownRows(trace));
  });

  test('arrow-rs reads the same rows', async () => {
    const name = `${path.basename(trace)}.rs.parquet`;
    expect(await arrowRsRows(fs.readFileSync(trace), name)).toBe(await ownRows(trace));
  });

  test('both read the same rows in what apf query writes as Arrow', async () => {
    const bytes = await bytesOf(trace, 'arrow');
    const rows = await ownRows(trace);
    expect(flechetteRows(bytes)).toBe(rows);
    expect(await arrowRsRows(bytes, `${path.basename(trace)}.query.parquet`)).toBe(rows);
  });

  test('DuckDB reads the same rows in what apf query writes as Parquet', async () => {
    const file = path.join(folder, `${path.basename(trace)}.parquet`);
    fs.writeFileSync(file, await bytesOf(trace, 'parquet'));
    expect(await parquetRows(file)).toBe(await ownRows(trace));
  });
});

async function bytesOf(trace: string, format: 'arrow' | 'parquet'): Promise<Uint8Array> {
  const {writeResult} = await import('../../src/query/format.js');
  const {runQuery} = await import('../../src/query/run.js');
  const result = await runQuery({traces: [trace], sql: 'FROM events ORDER BY seq'});
  try {
    const pieces: Uint8Array[] = [];
    await writeResult(result, format, (piece) => void pieces.push(Buffer.from(piece as Uint8Array)), {folder});
    return Buffer.concat(pieces);
  } finally {
    result.close();
  }
}

describe('every column with and without nulls, compressed', () => {
  test('flechette reads the same rows', async () => {
    expect(flechetteRows(fs.readFileSync(compressed))).toBe(await ownRows(synthetic));
  });

  test('apache-arrow reads the same rows', async () => {
    const table = tableOfApacheArrow(fs.readFileSync(compressed));
    const lines = table.toArray().map((row) => `${columns.map((name) => cellOf(row[name])).join('\t')}\n`);
    expect(header + lines.join('')).toBe(await ownRows(synthetic));
  });
});

test('flechette reads the metadata of a trace', () => {
  const {schema} = tableFromIPC(fs.readFileSync(recorded));
  const reader = openTrace(recorded);
  expect(JSON.parse(schema.metadata?.get('apf.scenario') ?? '')).toEqual(reader.metadata.scenario);
  reader.close();
});
