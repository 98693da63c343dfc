import {sha256} from '../batch-facts.js';
import {type CompressedBody, compressBody} from '../compression.js';
import type {Compression} from '../schema.js';
import type {ColumnBuffers} from './column-buffers.js';

/** What becomes of the rows of a batch, beside the columns themselves. */
export interface MadeBody {
  /** An entry a column each. */
  nullCounts: number[];
  columnDigests: string[];
  /** Null: the columns stand in the file as they are. */
  compressed: CompressedBody | null;
}

/** Makes columns of the rows in `numbers`, and what the file says of them. */
export function makeBody(
  numbers: Float64Array,
  rows: number,
  buffers: ColumnBuffers,
  compression: Compression,
): MadeBody {
  const nullCounts = buffers.fill(numbers, rows);
  const columns = buffers.columns(rows, nullCounts).map(({bytes}) => bytes);
  const columnDigests = columns.map((bytes) => sha256(bytes));
  const compressed = compression === 'none' ? null : compressBody(rows, nullCounts, columns);
  return {nullCounts, columnDigests, compressed};
}
