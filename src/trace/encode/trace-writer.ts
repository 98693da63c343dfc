import {assert} from '../../base/assert.js';
import type {RowSink} from '../../protocol/row.js';
import {type BatchFacts, chainDigest, sha256} from '../batch-facts.js';
import {
  dictionaryCountsNow,
  encodeBatchHeader,
  encodePrefix,
  encodeSuffix,
  type MessageBlock,
  type Prefix,
  type SchemaTexts,
} from '../messages.js';
import {rowsPerBatchDefault, rowsPerBatchMax, type TraceEnd, type TraceMetadata, wordPattern} from '../schema.js';
import {encodeMetadata} from '../trace-metadata.js';
import {ColumnBuffers} from './column-buffers.js';
import {OutputFile} from './output-file.js';

export interface TraceWriterOptions {
  /** Default 65,536; only tests want another. */
  rowsPerBatch?: number;
}

/**
 * Writes a trace, batch by batch as they fill, under its final name. A full batch is held back until a further row or
 * the end comes, because the last batch says how the recording ended. The same calls give the same bytes.
 */
export class TraceWriter implements RowSink {
  /** Rows taken so far; those not yet in a full batch are in memory only. */
  rows = 0;
  private readonly file: OutputFile;
  private readonly texts: SchemaTexts;
  private readonly prefix: Prefix;
  private readonly buffers: ColumnBuffers;
  private readonly blocks: MessageBlock[] = [];
  /** Bytes of the file so far. */
  private offset = 0;
  private chain: string;
  private stateHashLow = 0;
  private stateHashHigh = 0;
  private stateSeq: number | null = null;

  constructor(path: string, metadata: TraceMetadata, options: TraceWriterOptions = {}) {
    const rowsPerBatch = options.rowsPerBatch ?? rowsPerBatchDefault;
    assert(rowsPerBatch >= 1 && rowsPerBatch <= rowsPerBatchMax, `${rowsPerBatch} rows in a batch`);
    this.file = new OutputFile(path);
    this.texts = encodeMetadata(metadata, rowsPerBatch);
    this.prefix = encodePrefix(this.texts, dictionaryCountsNow);
    this.chain = sha256(this.prefix.bytes);
    this.buffers = new ColumnBuffers(rowsPerBatch);
  }

  /** Copies the row. Throws io TRACE_WRITE when a batch is full and cannot be written. */
  row(row: Float64Array): void {
    if (this.buffers.rows === this.buffers.capacity) this.writeBatch(null);
    this.buffers.put(row);
    this.rows++;
  }

  /** Tells the hash of the engine's state after a whole step, as two unsigned 32-bit words. */
  endStep(hashLow: number, hashHigh: number): void {
    if (this.rows === 0) return;
    this.stateHashLow = hashLow;
    this.stateHashHigh = hashHigh;
    this.stateSeq = this.rows - 1;
  }

  /** Writes what is left and closes the file. Returns the digest of the trace, hexadecimal. Throws io TRACE_WRITE. */
  finish(end: TraceEnd): string {
    assert(wordPattern.test(end.ended), `ended ${end.ended}`);
    const held = this.buffers.rows;
    assert(
      held === 0 || end.endNs >= this.buffers.timeAt(held - 1),
      `the end at ${end.endNs} ns is before the last row`,
    );
    this.writeBatch(end);
    this.file.append([encodeSuffix(this.texts, this.prefix.dictionaries, this.blocks)]);
    this.file.close();
    return this.chain;
  }

  private writeBatch(end: TraceEnd | null): void {
    const rows = this.buffers.rows;
    const columns = this.buffers.columns();
    const facts: BatchFacts = {
      rows,
      firstSeq: this.rows - rows,
      firstNs: rows === 0 ? 0 : this.buffers.timeAt(0),
      lastNs: rows === 0 ? 0 : this.buffers.timeAt(rows - 1),
      nullCounts: columns.map((column) => column.nullCount),
      stateHash: this.stateSeq === null ? '' : hex(this.stateHashHigh) + hex(this.stateHashLow),
      stateSeq: this.stateSeq,
      columnDigests: columns.map((column) => sha256(column.validity, column.values)),
      end,
    };
    this.chain = chainDigest(this.chain, facts);
    const header = encodeBatchHeader(facts, this.chain);
    const body = columns.flatMap((column) => [column.validity, column.values]);
    const isFirst = this.blocks.length === 0;
    this.file.append(isFirst ? [this.prefix.bytes, header, ...body] : [header, ...body]);
    if (isFirst) this.offset = this.prefix.bytes.length;
    const bodyBytes = body.reduce((sum, chunk) => sum + chunk.length, 0);
    this.blocks.push({offset: this.offset, headerBytes: header.length, bodyBytes});
    this.offset += header.length + bodyBytes;
    this.buffers.clear();
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
