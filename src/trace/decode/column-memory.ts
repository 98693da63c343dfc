import type {ColumnName} from '../schema.js';

/**
 * The memory of the columns of one batch, used again for the next: a batch that is read into it is good until another
 * one is. To take new memory for each batch takes as long as to read it.
 */
export class ColumnMemory {
  private readonly buffers = new Map<ColumnName, ArrayBuffer>();

  /** At least so many bytes for a column, with whatever was there before. */
  take(name: ColumnName, bytes: number): ArrayBuffer {
    const held = this.buffers.get(name);
    if (held !== undefined && held.byteLength >= bytes) return held;
    const buffer = new ArrayBuffer(bytes);
    this.buffers.set(name, buffer);
    return buffer;
  }
}
