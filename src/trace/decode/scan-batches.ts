import {ApfError} from '../../base/errors.js';
import {type BatchFacts, chainDigest} from '../batch-facts.js';
import {BatchHeaders} from '../batch-headers.js';
import {compressedBytesMax, compressedBytesMin} from '../compression.js';
import {FlatTable} from '../flat-table.js';
import {layoutBody, layoutStored} from '../layout.js';
import {encodeSuffix, type MessageBlock} from '../messages.js';
import {batchesOfFewRowsMax, columnTable, magic, rowsPerBatchFew, type TraceEnd, wordPattern} from '../schema.js';
import {parseWhole} from '../trace-metadata.js';
import type {InputFile} from './input-file.js';
import {firstDifference, type ScannedPrefix} from './scan-prefix.js';

/** What is wrong with the file itself. */
export interface TraceProblem {
  code: string;
  message: string;
  /** Byte of the file. */
  offset: number;
}

/** One batch, as its header tells it. */
export interface BatchInfo extends BatchFacts, MessageBlock {
  index: number;
  /** The digest chain up to and with this batch, hexadecimal. */
  digest: string;
}

export interface ScannedBatches {
  /** With a stand-in of no rows for the damaged one, if there is one, at the end. */
  batches: BatchInfo[];
  /** Of the last whole batch, or of the schema. */
  digest: string;
  end: TraceEnd | null;
  /** The footer is there and the last batch tells how the recording ended. */
  isComplete: boolean;
  problems: TraceProblem[];
  /** The one of the problems that stops every reading at the last of `batches`. */
  damage: TraceProblem | null;
}

/** Enough for the header of a batch, so that it takes one read. */
const readAheadBytes = 4096;
/** Bound on the header of a batch, some 20 times what it takes. */
const headerBytesMax = 65_536;
const metadataKeysMax = 16;
const digestLength = 64;
const hexPattern = /^[0-9a-f]*$/;

/**
 * Walks over the headers of the batches without reading a body. Each header is a function of the facts in it: it is
 * encoded again from what was understood, and must be equal byte for byte.
 */
export class BatchScanner {
  private readonly batches: BatchInfo[] = [];
  private readonly problems: TraceProblem[] = [];
  private readonly headers = new BatchHeaders();
  private digest: string;
  private offset: number;
  /** The file ends like a whole one: a message that runs past the end is then damage, not a cut. */
  private readonly hasTail: boolean;

  constructor(
    private readonly file: InputFile,
    private readonly scanned: ScannedPrefix,
    firstDigest: string,
    /** A footer that does not belong to the batches is one of the problems instead of an error. */
    private readonly options: {anyFooter: boolean} = {anyFooter: false},
  ) {
    this.digest = firstDigest;
    this.offset = scanned.prefix.bytes.length;
    this.hasTail = Buffer.from(file.read(file.bytes - magic.length, magic.length)).equals(Buffer.from(magic));
  }

  /** Throws badData TRACE_FOOTER if there is a footer that does not belong to the batches, unless any will do. */
  scan(): ScannedBatches {
    for (;;) {
      const found = this.file.read(this.offset, readAheadBytes);
      if (found.length < 8) return this.cut(found.length);
      const view = new DataView(found.buffer);
      const headerBytes = view.getUint32(4, true);
      if (view.getUint32(0, true) !== 0xffffffff) return this.damaged('no message begins here');
      if (headerBytes === 0) return this.footer();
      if (headerBytes > headerBytesMax || headerBytes % 8 !== 0) return this.damaged('a header of impossible length');
      if (this.offset + 8 + headerBytes > this.file.bytes) return this.cut(this.file.bytes - this.offset);
      const header = found.length >= 8 + headerBytes ? found : this.file.read(this.offset, 8 + headerBytes);
      const problem = this.takeBatch(header.subarray(0, 8 + headerBytes));
      if (problem !== null) return problem;
    }
  }

  private takeBatch(header: Uint8Array): ScannedBatches | null {
    const last = this.batches.at(-1);
    const firstSeq = last === undefined ? 0 : last.firstSeq + last.rows;
    const understood = understandHeader(header.subarray(8), firstSeq);
    if (understood === null) return this.damaged('not the header of a batch');
    const {facts, chain} = understood;
    const fault = isDigest(chain) ? implausible(facts, last, this.scanned.rowsPerBatch) : 'its digest is no SHA-256';
    if (fault !== null) return this.damaged(fault);
    const layout = layoutStored(facts);
    const expected = this.headers.encode(facts, layout, chain);
    const difference = firstDifference(header, expected);
    if (difference < expected.length || header.length !== expected.length) {
      return this.damaged('not the one layout that a batch may have', difference);
    }
    const digest = chainDigest(this.digest, facts);
    if (digest !== chain) return this.damaged(`its digest is ${digest}, written is ${chain}`);
    const end = this.offset + header.length + layout.bytes;
    if (end > this.file.bytes) return this.cut(this.file.bytes - this.offset);
    this.batches.push({
      ...facts,
      index: this.batches.length,
      digest,
      offset: this.offset,
      headerBytes: header.length,
      bodyBytes: layout.bytes,
    });
    this.digest = digest;
    this.offset = end;
    return null;
  }

  private footer(): ScannedBatches {
    const expected = encodeSuffix(this.scanned.texts, this.scanned.prefix.dictionaries, this.batches);
    const rest = this.file.bytes - this.offset;
    const difference = firstDifference(this.file.read(this.offset, expected.length), expected);
    if (difference === rest && rest < expected.length) return this.cut(rest);
    if (difference < expected.length || rest > expected.length || this.batches.at(-1)?.end == null) {
      const at = this.offset + Math.min(difference, expected.length);
      const what = `the footer is not that of the ${this.batches.length} batches before it`;
      if (!this.options.anyFooter) {
        const message = `${this.file.path}: byte ${at}: ${what}`;
        throw new ApfError('badData', 'TRACE_FOOTER', message, [`apf repair ${this.file.path}`]);
      }
      this.problems.push({code: 'TRACE_FOOTER', message: what, offset: at});
    }
    return this.result(null);
  }

  private cut(bytes: number): ScannedBatches {
    if (this.hasTail) return this.damaged('a message that runs past the end of the file');
    const batch = this.batches.length;
    const where = this.batches.at(-1)?.end ? 'after its last batch; no row is lost' : `inside batch ${batch}`;
    this.problems.push(
      bytes === 0
        ? {code: 'TRACE_UNFINISHED', message: `ends after ${batch} batches, without an end`, offset: this.offset}
        : {code: 'TRACE_CUT', message: `cut ${where}, ${bytes} bytes dropped`, offset: this.offset},
    );
    return this.result(null);
  }

  private damaged(what: string, at = 0): ScannedBatches {
    const last = this.batches.at(-1);
    const index = this.batches.length;
    const offset = this.offset + at;
    const damage = {code: 'TRACE_DAMAGED', message: `batch ${index}: ${what}`, offset};
    this.problems.push(damage);
    this.batches.push({
      ...{index, rows: 0, offset, headerBytes: 0, bodyBytes: 0, digest: ''},
      // No choice of rows by seq or by time may pass over it.
      ...{firstSeq: last === undefined ? 0 : last.firstSeq + last.rows, firstNs: last?.lastNs ?? 0},
      ...{lastNs: Number.MAX_SAFE_INTEGER, nullCounts: columnTable.map(() => 0), columnDigests: [], storedBytes: null},
      ...{stateHash: '', stateSeq: null, end: null},
    });
    return this.result(damage);
  }

  private result(damage: TraceProblem | null): ScannedBatches {
    const end = this.batches.at(-1)?.end ?? null;
    const isComplete = end !== null && this.problems.length === 0;
    return {batches: this.batches, digest: this.digest, end, isComplete, problems: this.problems, damage};
  }
}

/** Null when it makes no sense. What it returns is plausible in form only. */
function understandHeader(bytes: Uint8Array, firstSeq: number): {facts: BatchFacts; chain: string} | null {
  try {
    const message = FlatTable.root(bytes);
    const batch = message.table(2);
    const texts = message.texts(4, metadataKeysMax);
    const times = texts.get('apf.times')?.split(' ').map(parseWhole) ?? [];
    const stateSeq = parseWhole(texts.get('apf.state_seq'));
    const ended = texts.get('apf.ended');
    const endNs = parseWhole(texts.get('apf.end_ns'));
    const [firstNs, lastNs] = times;
    if (typeof firstNs !== 'number' || typeof lastNs !== 'number') return null;
    const facts: BatchFacts = {
      rows: batch.int64(0),
      firstSeq,
      firstNs,
      lastNs,
      nullCounts: batch.secondOfPairs(1, columnTable.length),
      stateHash: stateSeq === null ? '' : (texts.get('apf.state') ?? ''),
      stateSeq,
      columnDigests: texts.get('apf.columns')?.split(' ', columnTable.length + 1) ?? [],
      storedBytes: batch.place(3) !== 0 ? batch.secondOfPairs(2, 2 * columnTable.length) : null,
      end: ended === undefined || endNs === null ? null : {ended, endNs},
    };
    return {facts, chain: texts.get('apf.chain') ?? ''};
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Why no recording can have written such a batch, which a forger may well have; else null. */
function implausible(facts: BatchFacts, last: BatchInfo | undefined, rowsPerBatch: number): string | null {
  const {rows, stateSeq, end, firstNs, lastNs} = facts;
  if (last !== undefined && last.end !== null) return 'it comes after the end of the recording';
  if (rowsPerBatch < rowsPerBatchFew && last !== undefined && last.index + 1 === batchesOfFewRowsMax) {
    return `more than ${batchesOfFewRowsMax} batches of ${rowsPerBatch} rows`;
  }
  if (rows > rowsPerBatch || (rows < rowsPerBatch && end === null) || (rows === 0 && last !== undefined)) {
    return `${rows} rows, expected ${rowsPerBatch}`;
  }
  if (facts.nullCounts.length !== columnTable.length || facts.columnDigests.length !== columnTable.length) {
    return `not ${columnTable.length} columns`;
  }
  if (facts.nullCounts.some((count, index) => count > (columnTable[index].nullable ? rows : 0))) {
    return 'nulls where none can be';
  }
  if (!facts.columnDigests.every(isDigest)) return 'the digests are no SHA-256';
  if (facts.storedBytes !== null && !areStoredBytes(facts.storedBytes, facts)) return 'an impossible compression';
  if (last !== undefined && (last.storedBytes === null) !== (facts.storedBytes === null)) {
    return 'another compression than before';
  }
  if (lastNs < firstNs || firstNs < (last?.lastNs ?? 0)) return 'time goes backwards';
  if (end !== null && (end.endNs < lastNs || !wordPattern.test(end.ended))) return 'an impossible end';
  if ((stateSeq ?? -1) < (last?.stateSeq ?? -1) || (stateSeq ?? -1) >= facts.firstSeq + rows) {
    return 'the state belongs to no row of it';
  }
  if (stateSeq !== null && !/^[0-9a-f]{16}$/.test(facts.stateHash)) return 'the hash of the state is none';
  return null;
}

/** Whether the buffers of a batch can take so many bytes each when they are compressed. */
function areStoredBytes(storedBytes: readonly number[], {rows, nullCounts}: BatchFacts): boolean {
  const buffers = layoutBody(rows, nullCounts).columns.flatMap(({validity, values}) => [validity, values]);
  return (
    storedBytes.length === buffers.length &&
    buffers.every(({bytes}, index) => {
      const stored = storedBytes[index];
      return bytes === 0 ? stored === 0 : stored >= compressedBytesMin && stored <= compressedBytesMax(bytes);
    })
  );
}

function isDigest(text: string): boolean {
  return text.length === digestLength && hexPattern.test(text);
}
