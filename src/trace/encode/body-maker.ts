import {parentPort} from 'node:worker_threads';
import {rowFields} from '../../protocol/row.js';
import type {Compression} from '../schema.js';
import {type MadeBody, makeBody} from './body.js';
import {ColumnBuffers} from './column-buffers.js';

/* The thread that makes bodies, one after the other, in the order in which they come. */

/** What is asked of it. */
export interface BodyRequest {
  /** `rowFields` numbers each. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly rows: number;
  /** For the columns of as many rows as `numbers` has room for. */
  readonly memory: SharedArrayBuffer;
  readonly compression: Compression;
}

parentPort?.on('message', ({numbers, rows, memory, compression}: BodyRequest) => {
  const columns = new ColumnBuffers(numbers.length / rowFields, memory);
  const made: MadeBody = makeBody(numbers, rows, columns, compression);
  const chunks = made.compressed?.chunks ?? [];
  parentPort?.postMessage(
    made,
    chunks.map(({buffer}) => buffer as ArrayBuffer),
  );
});
