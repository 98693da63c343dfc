import type {BatchFacts} from './batch-facts.js';
import {type ColumnType, columnTable} from './schema.js';

/** Where one buffer lies in the body of a batch. Unit: bytes; `bytes` is without the zero padding that follows it. */
export interface BufferRegion {
  offset: number;
  bytes: number;
}

/** Where one column lies in the body of a batch: its validity bitmap, if any value is null, and its values. */
export interface ColumnRegion {
  /** 8-aligned. Unit: bytes from the start of the body. */
  offset: number;
  /** With padding; the next column begins here. */
  bytes: number;
  /** `bytes` is 0 when no value is null. */
  validity: BufferRegion;
  values: BufferRegion;
}

export interface BodyLayout {
  columns: ColumnRegion[];
  /** Of the whole body. */
  bytes: number;
}

/** Bits of one value in a column of the type. */
export function bitsOfType(type: ColumnType): number {
  switch (type) {
    case 'bool':
      return 1;
    case 'uint8':
    case 'kind':
    case 'reason':
      return 8;
    case 'uint16':
      return 16;
    case 'uint32':
      return 32;
    case 'uint64':
    case 'int64':
      return 64;
  }
}

/** Buffers begin at multiples of 8 bytes, with zeros between them. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/**
 * The one layout that a batch of so many rows may have; `nullCounts` has an entry for each column.
 * A column without a null has no bitmap, as apache-arrow writes it too.
 */
export function layoutBody(rows: number, nullCounts: readonly number[]): BodyLayout {
  const columns: ColumnRegion[] = [];
  let offset = 0;
  columnTable.forEach((column, index) => {
    const validity = {offset, bytes: nullCounts[index] > 0 ? Math.ceil(rows / 8) : 0};
    const valuesOffset = offset + padded(validity.bytes);
    const values = {offset: valuesOffset, bytes: Math.ceil((rows * bitsOfType(column.type)) / 8)};
    const end = valuesOffset + padded(values.bytes);
    columns.push({offset, bytes: end - offset, validity, values});
    offset = end;
  });
  return {columns, bytes: offset};
}

/** Where the buffers of a batch stand in the file: as `layoutBody` says, or each as long as its compression made it. */
export function layoutStored({
  rows,
  nullCounts,
  storedBytes,
}: Pick<BatchFacts, 'rows' | 'nullCounts' | 'storedBytes'>): BodyLayout {
  if (storedBytes === null) return layoutBody(rows, nullCounts);
  let offset = 0;
  const columns = columnTable.map((_, index): ColumnRegion => {
    const validity = {offset, bytes: storedBytes[2 * index]};
    const values = {offset: offset + padded(validity.bytes), bytes: storedBytes[2 * index + 1]};
    const begin = offset;
    offset = values.offset + padded(values.bytes);
    return {offset: begin, bytes: offset - begin, validity, values};
  });
  return {columns, bytes: offset};
}

/** Whether a column has zeros between its bitmap and its values, and after them; `bytes` begins where it does. */
export function isPaddingZero(bytes: Uint8Array, region: ColumnRegion): boolean {
  const values = region.values.offset - region.offset;
  const between = bytes.subarray(region.validity.bytes, values);
  const after = bytes.subarray(values + region.values.bytes);
  return between.every((byte) => byte === 0) && after.every((byte) => byte === 0);
}
