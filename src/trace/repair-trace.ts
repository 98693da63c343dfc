import {chainDigest, sha256} from './batch-facts.js';
import {BatchHeaders} from './batch-headers.js';
import {InputFile} from './decode/input-file.js';
import {type BatchInfo, BatchScanner} from './decode/scan-batches.js';
import {scanPrefix} from './decode/scan-prefix.js';
import {TraceReader} from './decode/trace-reader.js';
import {OutputFile} from './encode/output-file.js';
import {layoutStored} from './layout.js';
import {encodeSuffix, type MessageBlock} from './messages.js';
import {columnTable, endedCut, type TraceEnd} from './schema.js';

export interface Repaired {
  /** Rows of the repaired trace. */
  rows: number;
  batches: number;
  /** Rows that the damaged file tells of and the new one does not have. */
  lostRows: number;
  /** The recording did not come to its end: rows that the file does not tell of may be lost. */
  isUnfinished: boolean;
  /** Bytes of the damaged file that no batch of the new one has: what follows the last good batch. */
  droppedBytes: number;
  /** What was wrong, in the order of the file; none: it was whole, and the new file is equal to it. */
  problems: readonly string[];
  end: TraceEnd;
  digest: string;
}

/**
 * Writes a whole trace of what can be read of another: its batches up to the first that is cut or damaged, each verified,
 * and a footer. The last batch then says that the recording was cut, unless it knows how it ended.
 * @param onProgress called after each batch with the rows so far
 * @throws ApfError as openTrace, but for a wrong footer, which is replaced; io TRACE_READ, TRACE_WRITE
 */
export function repairTrace(path: string, output: string, onProgress: (rows: number) => void = () => {}): Repaired {
  const file = InputFile.open(path);
  let close = () => file.close();
  try {
    const scanned = scanPrefix(file);
    const found = new BatchScanner(file, scanned, sha256(scanned.prefix.bytes), {anyFooter: true}).scan();
    const reader = new TraceReader(file, scanned, found);
    close = () => reader.close();
    const good = goodBatches(reader, onProgress);
    const last = good.batches.at(-1);
    const end = last?.end ?? {ended: endedCut, endNs: last?.lastNs ?? 0};
    const out = new OutputFile(output);
    const headers = new BatchHeaders();
    const written: MessageBlock[] = [];
    let offset = scanned.prefix.bytes.length;
    let digest = sha256(scanned.prefix.bytes);
    out.append([scanned.prefix.bytes]);
    for (const batch of last === undefined ? [emptyBatch] : good.batches) {
      const facts = batch === last || last === undefined ? {...batch, end} : batch;
      digest = chainDigest(digest, facts);
      const header = headers.encode(facts, layoutStored(facts), digest);
      out.append([header, file.read(batch.offset + batch.headerBytes, batch.bodyBytes)]);
      written.push({offset, headerBytes: header.length, bodyBytes: batch.bodyBytes});
      offset += header.length + batch.bodyBytes;
    }
    out.append([encodeSuffix(scanned.texts, scanned.prefix.dictionaries, written)]);
    out.close();
    const rows = last === undefined ? 0 : last.firstSeq + last.rows;
    const keptTo = last === undefined ? scanned.prefix.bytes.length : last.offset + last.headerBytes + last.bodyBytes;
    const droppedBytes = good.problems.length === 0 ? 0 : file.bytes - keptTo;
    const lostRows = reader.rows - rows;
    const isUnfinished = found.end === null;
    return {rows, lostRows, isUnfinished, batches: written.length, droppedBytes, problems: good.problems, end, digest};
  } finally {
    close();
  }
}

/** A recording that was cut before its first batch was full. */
const emptyBatch: BatchInfo = {
  ...{index: 0, digest: '', offset: 0, headerBytes: 0, bodyBytes: 0, rows: 0, firstSeq: 0, firstNs: 0, lastNs: 0},
  ...{nullCounts: columnTable.map(() => 0), columnDigests: columnTable.map(() => sha256()), storedBytes: null},
  ...{stateHash: '', stateSeq: null, end: null},
};

/** The batches before the first that cannot be read, and everything that is wrong. */
function goodBatches(
  reader: TraceReader,
  onProgress: (rows: number) => void,
): {batches: BatchInfo[]; problems: string[]} {
  const batches: BatchInfo[] = [];
  for (const batch of reader.batches) {
    const problem = reader.verifyBatch(batch.index);
    if (problem !== null) return {batches, problems: [problem.message]};
    batches.push(batch);
    onProgress(batch.firstSeq + batch.rows);
  }
  return {batches, problems: reader.problems.map(({message}) => message)};
}
