import {parentPort} from 'node:worker_threads';
import {type CompressedBody, compressBody} from '../compression.js';

/* The thread that compresses bodies, one after the other, in the order in which they come. */

/** What is asked of it: a body as it would stand in the file without compression. */
export interface PlainBody {
  readonly rows: number;
  readonly nullCounts: readonly number[];
  readonly columns: readonly Uint8Array<ArrayBuffer>[];
}

parentPort?.on('message', ({rows, nullCounts, columns}: PlainBody) => {
  const body: CompressedBody = compressBody(rows, nullCounts, columns);
  parentPort?.postMessage(
    body,
    body.chunks.map(({buffer}) => buffer as ArrayBuffer),
  );
});
