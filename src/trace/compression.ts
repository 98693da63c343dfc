import {type ColumnRegion, isPaddingZero, layoutBody, padded} from './layout.js';
import {compress, decompress} from './zstd.js';

/*
 * A compressed body as Arrow has it: each buffer by itself, after its length as it was, or after -1 where compression
 * would not have made it shorter; an empty buffer takes nothing.
 * Source: "Format Specification: Columnar Format", Compression, https://arrow.apache.org/docs/format/Columnar.html.
 */

const lengthBytes = 8;
/** A frame of zstd has a magic of 4 bytes and more; the shortest buffer kept as it is has one byte. */
export const compressedBytesMin = lengthBytes + 1;

/** The most bytes that a buffer of so many takes. */
export function compressedBytesMax(bytes: number): number {
  return lengthBytes + bytes;
}

/** A body ready to be written: its chunks, padding included, and the bytes of each buffer without it. */
export interface CompressedBody {
  chunks: Uint8Array[];
  storedBytes: number[];
}

/** @param columns the columns of a batch as they would stand in the file */
export function compressBody(
  rows: number,
  nullCounts: readonly number[],
  columns: readonly Uint8Array[],
): CompressedBody {
  const body: CompressedBody = {chunks: [], storedBytes: []};
  for (const [index, region] of layoutBody(rows, nullCounts).columns.entries()) {
    for (const buffer of [region.validity, region.values]) {
      const at = buffer.offset - region.offset;
      const stored = compressBuffer(columns[index].subarray(at, at + buffer.bytes));
      body.storedBytes.push(stored.bytes);
      body.chunks.push(stored.chunk);
    }
  }
  return body;
}

function compressBuffer(buffer: Uint8Array): {chunk: Uint8Array; bytes: number} {
  if (buffer.length === 0) return {chunk: new Uint8Array(0), bytes: 0};
  const frame = compress(buffer);
  const isShorter = frame.length < buffer.length;
  const content = isShorter ? frame : buffer;
  const bytes = lengthBytes + content.length;
  const chunk = new Uint8Array(padded(bytes));
  new DataView(chunk.buffer).setBigInt64(0, isShorter ? BigInt(buffer.length) : -1n, true);
  chunk.set(content, lengthBytes);
  return {chunk, bytes};
}

/**
 * Decompresses a column that may be hostile.
 * @param found what stands in the file, at most as long as `stored` says
 * @param memory where the result is put
 * @returns the bytes of the column as `region` lays them out; null: they are no compression of so many
 */
export function decompressColumn(
  found: Uint8Array,
  stored: ColumnRegion,
  region: ColumnRegion,
  memory: ArrayBuffer,
): Uint8Array<ArrayBuffer> | null {
  if (found.length !== stored.bytes || !isPaddingZero(found, stored)) return null;
  const bytes = new Uint8Array(memory, 0, region.bytes).fill(0);
  for (const name of ['validity', 'values'] as const) {
    const from = stored[name].offset - stored.offset;
    const to = region[name].offset - region.offset;
    const buffer = found.subarray(from, from + stored[name].bytes);
    if (!decompressBuffer(buffer, bytes.subarray(to, to + region[name].bytes))) return null;
  }
  return bytes;
}

function decompressBuffer(stored: Uint8Array, into: Uint8Array): boolean {
  if (into.length === 0) return stored.length === 0;
  const content = stored.subarray(lengthBytes);
  const declared = new DataView(stored.buffer, stored.byteOffset).getBigInt64(0, true);
  if (declared === BigInt(into.length)) return decompress(content, into);
  if (declared !== -1n || content.length !== into.length) return false;
  into.set(content);
  return true;
}
