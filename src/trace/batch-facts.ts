import {createHash} from 'node:crypto';
import type {TraceEnd} from './schema.js';

/** Everything that the header of a batch says; the header's bytes are a function of it. */
export interface BatchFacts {
  rows: number;
  /** Rows of the batches before it. Not written: the reader counts. */
  firstSeq: number;
  /** Virtual time of the first and the last row; both 0 in a batch without rows. */
  firstNs: number;
  lastNs: number;
  /** One entry a column. */
  nullCounts: number[];
  /** Of the engine after the last whole step so far: 16 hexadecimal digits, or empty when no step is whole. */
  stateHash: string;
  /** Seq of that step's last row. */
  stateSeq: number | null;
  /** SHA-256 of each column's bytes, hexadecimal. */
  columnDigests: string[];
  /** Of a compressed body: how many bytes each buffer takes in the file, validity and values of each column in turn. */
  storedBytes: number[] | null;
  /** Only in the last batch of a recording that ended. */
  end: TraceEnd | null;
}

/** Hexadecimal SHA-256 of the chunks, one after the other. */
export function sha256(...chunks: (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * The digest of a batch: it covers everything the batch says and the digest of the batch before, so that the last one
 * stands for the whole trace. It does not cover how the body was compressed.
 */
export function chainDigest(previous: string, facts: BatchFacts): string {
  return sha256(
    JSON.stringify([
      previous,
      facts.rows,
      facts.firstSeq,
      facts.firstNs,
      facts.lastNs,
      facts.nullCounts,
      facts.stateHash,
      facts.stateSeq,
      facts.columnDigests,
      facts.end?.ended ?? null,
      facts.end?.endNs ?? null,
    ]),
  );
}

/** The metadata of a batch, in the order of the file. */
export function batchMetadata(facts: BatchFacts, chain: string): Map<string, string> {
  const pairs = new Map<string, string>();
  pairs.set('apf.times', `${facts.firstNs} ${facts.lastNs}`);
  if (facts.stateSeq !== null) {
    pairs.set('apf.state', facts.stateHash);
    pairs.set('apf.state_seq', String(facts.stateSeq));
  }
  if (facts.end !== null) {
    pairs.set('apf.ended', facts.end.ended);
    pairs.set('apf.end_ns', String(facts.end.endNs));
  }
  pairs.set('apf.columns', facts.columnDigests.join(' '));
  pairs.set('apf.chain', chain);
  return pairs;
}
