import {assert} from '../../base/assert.js';
import type {RowSink} from '../../protocol/row.js';
import {type BatchFacts, chainDigest, sha256} from '../batch-facts.js';
import {BatchHeaders} from '../batch-headers.js';
import {layoutStored} from '../layout.js';
import {
  dictionaryCountsNow,
  encodePrefix,
  encodeSuffix,
  type MessageBlock,
  type Prefix,
  type SchemaTexts,
} from '../messages.js';
import {
  type Compression,
  rowsPerBatchDefault,
  rowsPerBatchMax,
  type TraceEnd,
  type TraceMetadata,
  wordPattern,
} from '../schema.js';
import {encodeMetadata} from '../trace-metadata.js';
import {BatchBuffers} from './batch-buffers.js';
import {type MadeBody, makeBody} from './body.js';
import {BodyThread} from './body-thread.js';
import {OutputFile} from './output-file.js';

export interface TraceWriterOptions {
  /** Default 65,536; only tests want another. */
  rowsPerBatch?: number;
  /**
   * Full batches are made columns, hashed, compressed and written on other threads while more rows come. Whoever gives rows
   * then waits for `caughtUp` when `isBehind`, and before `finish`. Default: each is in the file when `row` returns.
   */
  inBackground?: boolean;
  /** Of the bodies of the batches; default none. The digest is the same. */
  compression?: Compression;
}

/** Of a batch's rows, how many are free when it is time to see whether the one before it is in the file. */
const rowsFree = 1 / 8;
/** Of the first batch's rows, how many come before the thread begins, which takes as long as most of a batch. */
const rowsAlone = 1 / 4;

/** What a batch says before its columns are made. */
type RowFacts = Omit<BatchFacts, 'nullCounts' | 'columnDigests' | 'storedBytes'>;

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
  private inBackground: boolean;
  private readonly compression: Compression;
  private readonly headers = new BatchHeaders();
  private readonly blocks: MessageBlock[] = [];
  /** The batch that fills, and those that can be filled after it. */
  private filling: BatchBuffers;
  private readonly spare: BatchBuffers[] = [];
  /** Batches that wait for the file, what becomes of them, and the error that one of them met. */
  private waiting = 0;
  private written: Promise<void> = Promise.resolve();
  private failure: unknown = null;
  private thread: BodyThread | null = null;
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
    this.filling = new BatchBuffers(rowsPerBatch);
    this.inBackground = options.inBackground ?? false;
    this.compression = options.compression ?? 'none';
  }

  /** Copies the row. Throws io TRACE_WRITE when a batch is full and it, or one before it, cannot be written. */
  row(row: Float64Array): void {
    if (this.filling.rows === this.filling.capacity) this.passOn();
    this.filling.put(row);
    this.rows++;
  }

  /** Tells the hash of the engine's state after a whole step, as two unsigned 32-bit words. */
  endStep(hashLow: number, hashHigh: number): void {
    if (this.rows === 0) return;
    this.stateHashLow = hashLow;
    this.stateHashHigh = hashHigh;
    this.stateSeq = this.rows - 1;
    if (this.inBackground && this.filling.rows >= this.filling.capacity * rowsAlone) this.startThread();
  }

  /**
   * The batch that fills is almost full, and the one before it is not in the file: no more than these two are to be lost.
   * It is seen between steps, of which one may write more than there is room for.
   */
  get isBehind(): boolean {
    return this.waiting > 0 && this.filling.rows >= this.filling.capacity * (1 - rowsFree);
  }

  /** Waits until every full batch is in the file. Throws io TRACE_WRITE. */
  async caughtUp(): Promise<void> {
    await this.written;
    if (this.failure !== null) throw this.failure;
  }

  /** Writes what is left and closes the file. Returns the digest of the trace, hexadecimal. Throws io TRACE_WRITE. */
  finish(end: TraceEnd): string {
    assert(wordPattern.test(end.ended), `ended ${end.ended}`);
    assert(this.waiting === 0, `${this.waiting} batches wait for the file`);
    const {filling} = this;
    assert(
      filling.rows === 0 || end.endNs >= filling.timeAt(filling.rows - 1),
      `the end at ${end.endNs} ns is before the last row`,
    );
    this.thread?.end();
    this.writeNow(filling, this.factsOf(filling, end));
    this.file.append([encodeSuffix(this.texts, this.prefix.dictionaries, this.blocks)]);
    this.file.close();
    return this.chain;
  }

  /** Sees to it that the full batch comes into the file, and that there is room for a row. */
  private passOn(): void {
    if (this.failure !== null) throw this.failure;
    const full = this.filling;
    const facts = this.factsOf(full, null);
    if (this.inBackground) this.startThread();
    if (this.thread === null) {
      this.writeNow(full, facts);
      full.clear();
      return;
    }
    this.waiting++;
    this.filling = this.spare.pop() ?? new BatchBuffers(full.capacity);
    const {numbers, rows, columns} = full;
    const made = this.thread.make({numbers, rows, memory: columns.memory, compression: this.compression});
    made.catch(() => undefined); // who awaits it is told
    this.written = this.written
      .then(async () => this.file.appendInBackground(this.messageOf(full, facts, await made)))
      .catch((error) => {
        this.failure ??= error;
        this.thread?.end();
      })
      .finally(() => {
        this.waiting--;
        full.clear();
        this.spare.push(full);
      });
  }

  private factsOf(batch: BatchBuffers, end: TraceEnd | null): RowFacts {
    const {rows} = batch;
    return {
      rows,
      firstSeq: this.rows - rows,
      firstNs: rows === 0 ? 0 : batch.timeAt(0),
      lastNs: rows === 0 ? 0 : batch.timeAt(rows - 1),
      stateHash: this.stateSeq === null ? '' : hex(this.stateHashHigh) + hex(this.stateHashLow),
      stateSeq: this.stateSeq,
      end,
    };
  }

  private writeNow(batch: BatchBuffers, facts: RowFacts): void {
    const made = makeBody(batch.numbers, batch.rows, batch.columns, this.compression);
    this.file.append(this.messageOf(batch, facts, made));
  }

  /** Unless there is one. Where the system gives none, all is done on this thread. */
  private startThread(): void {
    if (this.thread !== null) return;
    try {
      this.thread = new BodyThread();
    } catch {
      this.inBackground = false;
    }
  }

  /** The bytes of the batch that comes next in the file; the first brings what stands before all of them. */
  private messageOf(batch: BatchBuffers, rowFacts: RowFacts, made: MadeBody): Uint8Array[] {
    const {nullCounts, columnDigests, compressed} = made;
    const facts = {...rowFacts, nullCounts, columnDigests, storedBytes: compressed?.storedBytes ?? null};
    this.chain = chainDigest(this.chain, facts);
    const header = this.headers.encode(facts, layoutStored(facts), this.chain);
    const isFirst = this.blocks.length === 0;
    if (isFirst) this.offset = this.prefix.bytes.length;
    const body = compressed?.chunks ?? batch.columns.columns(facts.rows, nullCounts).map(({bytes}) => bytes);
    const bodyBytes = body.reduce((sum, chunk) => sum + chunk.length, 0);
    this.blocks.push({offset: this.offset, headerBytes: header.length, bodyBytes});
    this.offset += header.length + bodyBytes;
    return isFirst ? [this.prefix.bytes, header, ...body] : [header, ...body];
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
