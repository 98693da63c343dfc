import fs from 'node:fs';
import type {Row} from '../../src/protocol/row.js';
import {type BatchFacts, chainDigest, sha256} from '../../src/trace/batch-facts.js';
import {type CompressedBody, compressBody} from '../../src/trace/compression.js';
import {BatchBuffers} from '../../src/trace/encode/batch-buffers.js';
import type {FilledColumn} from '../../src/trace/encode/column-buffers.js';
import {dictionaryCountsNow, encodeBatchHeader, encodePrefix, encodeSuffix} from '../../src/trace/messages.js';
import {type ColumnName, columnNames} from '../../src/trace/schema.js';
import {encodeMetadata} from '../../src/trace/trace-metadata.js';
import {metadata, syntheticRows} from './synthetic-rows.js';

export type RowField = keyof typeof Row;

/** A trace of one batch, of which a forger may change anything before the digests are made. */
export interface Forgery {
  rows: Float64Array[];
  rowsPerBatch: number;
  counts: {kind: number; reason: number};
  /** Changes bytes of columns, padding included, by name. */
  body: (values: (name: ColumnName) => Uint8Array, validity: (name: ColumnName) => Uint8Array) => void;
  /** Changes what the header says. */
  facts: (facts: BatchFacts) => void;
  /** Changes the buffers of a body that is compressed then, each as it stands in the file with its padding. */
  compressed: (body: CompressedBody, numberOf: (name: ColumnName, buffer: 'validity' | 'values') => number) => void;
  /** Changes the metadata of the schema. */
  texts: (texts: [string, string][]) => void;
}

/** Writes a trace of 12 rows with those changes, and with every digest and every layout right. */
export function forgeTrace(path: string, forgery: Partial<Forgery>): void {
  const rows = forgery.rows ?? syntheticRows(12);
  const texts = encodeMetadata(metadata, forgery.rowsPerBatch ?? rows.length).map(([key, text]) => [key, text]);
  forgery.texts?.(texts as [string, string][]);
  const prefix = encodePrefix(texts as [string, string][], forgery.counts ?? dictionaryCountsNow);
  const batch = new BatchBuffers(Math.max(1, rows.length));
  for (const row of rows) batch.put(row);
  const nullCounts = batch.columns.fill(batch.numbers, batch.rows);
  const columns = batch.columns.columns(batch.rows, nullCounts);
  const columnOf = (name: ColumnName) => columns[columnNames.indexOf(name)];
  forgery.body?.(
    (name) => columnOf(name).values,
    (name) => columnOf(name).validity,
  );
  const body =
    forgery.compressed === undefined ? null : compressedBody(rows.length, nullCounts, columns, forgery.compressed);
  const facts: BatchFacts = {
    rows: rows.length,
    firstSeq: 0,
    firstNs: batch.timeAt(0),
    lastNs: batch.timeAt(rows.length - 1),
    nullCounts,
    stateHash: '',
    stateSeq: null,
    columnDigests: columns.map((column) => sha256(column.validity, column.values)),
    storedBytes: body?.storedBytes ?? null,
    end: {ended: 'until', endNs: 1e12},
  };
  forgery.facts?.(facts);
  const header = encodeBatchHeader(facts, chainDigest(sha256(prefix.bytes), facts));
  const bytes = Buffer.concat(body?.chunks ?? columns.map((column) => column.bytes));
  const block = {offset: prefix.bytes.length, headerBytes: header.length, bodyBytes: bytes.length};
  fs.writeFileSync(
    path,
    Buffer.concat([
      prefix.bytes,
      header,
      bytes,
      encodeSuffix(texts as [string, string][], prefix.dictionaries, [block]),
    ]),
  );
}

function compressedBody(
  rows: number,
  nullCounts: readonly number[],
  columns: readonly FilledColumn[],
  change: NonNullable<Forgery['compressed']>,
): CompressedBody {
  const plain = columns.map((column) => column.bytes);
  const body = compressBody(rows, nullCounts, plain);
  change(body, (name, buffer) => 2 * columnNames.indexOf(name) + (buffer === 'values' ? 1 : 0));
  return body;
}
