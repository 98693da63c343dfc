import type {ColumnName} from '../schema.js';

/**
 * The memory of the columns of one batch, used again for the next: a batch that is read into it is good until another
 * one is. To take new memory for each batch takes as long as to read it.
 */
export class ColumnMemory {
  private buffers: Map<ColumnName, ArrayBuffer>;
  private compressed = new ArrayBuffer(0);

  /** @param buffers memory to begin with */
  constructor(buffers: ReadonlyMap<ColumnName, ArrayBuffer> = new Map()) {
    this.buffers = new Map(buffers);
  }

  /** At least so many bytes for a column, with whatever was there before. */
  take(name: ColumnName, bytes: number): ArrayBuffer {
    const held = this.buffers.get(name);
    if (held !== undefined && held.byteLength >= bytes) return held;
    const buffer = new ArrayBuffer(bytes);
    this.buffers.set(name, buffer);
    return buffer;
  }

  /** At least so many bytes for a column as it is compressed: for one at a time. */
  takeCompressed(bytes: number): ArrayBuffer {
    if (this.compressed.byteLength < bytes) this.compressed = new ArrayBuffer(bytes);
    return this.compressed;
  }

  /** Holds those buffers from now on, and gives away what it held: with it goes the batch that was there. */
  exchange(buffers: ReadonlyMap<ColumnName, ArrayBuffer> = new Map()): ReadonlyMap<ColumnName, ArrayBuffer> {
    const held = this.buffers;
    this.buffers = new Map(buffers);
    return held;
  }
}
