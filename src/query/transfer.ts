import type duckdbBindings from '@duckdb/node-bindings';
import type {ScanColumn} from './columns.js';

export type Bindings = typeof duckdbBindings;
type Vector = ReturnType<Bindings['data_chunk_get_vector']>;

/** Rows in a DuckDB vector: the most that one call of a table function may give. */
export const vectorRows = 2048;

/** A column of a batch: its values as they lie in the file, and an Arrow bitmap of what is not null. */
export interface ColumnData {
  readonly values: ArrayBufferView;
  /** Least significant bit first; null: no row is null. */
  readonly validity: Uint8Array | null;
}

/** Copies slices of Arrow columns into DuckDB vectors. It allocates its scratch once, so a scan's memory is constant. */
export class Transferrer {
  private readonly scratch: ArrayBuffer;
  private readonly bytes: Uint8Array;
  private readonly int16: Int16Array;
  private readonly int32: Int32Array;

  /** @param rowsMax the most rows of a slice */
  constructor(
    private readonly bindings: Bindings,
    rowsMax: number,
  ) {
    this.scratch = new ArrayBuffer(rowsMax * 8);
    this.bytes = new Uint8Array(this.scratch);
    this.int16 = new Int16Array(this.scratch);
    this.int32 = new Int32Array(this.scratch);
  }

  /**
   * Copies `count` rows from row `start` of a batch.
   * @param at the row of the vector that gets the first, a multiple of 8
   */
  slice(column: ScanColumn, data: ColumnData, start: number, count: number, vector: Vector, at = 0): void {
    this.copyValues(column, data.values, start, count, vector, at);
    if (data.validity !== null) this.copyValidity(data.validity, start, count, vector, at);
  }

  private copyValues(
    column: ScanColumn,
    values: ArrayBufferView,
    start: number,
    count: number,
    vector: Vector,
    at: number,
  ): void {
    const bytes = count * column.bytes;
    const to = at * column.bytes;
    if (column.transfer === 'copy') {
      const offset = values.byteOffset + start * column.bytes;
      this.bindings.copy_data_to_vector(vector, to, values.buffer as ArrayBuffer, offset, bytes);
      return;
    }
    if (column.transfer === 'bits') this.expandBits(values, start, count);
    else this.widen(column, values, start, count);
    this.bindings.copy_data_to_vector(vector, to, this.scratch, 0, bytes);
  }

  private expandBits(values: ArrayBufferView, start: number, count: number): void {
    const bitmap = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let i = 0; i < count; i++) this.bytes[i] = (bitmap[(start + i) >> 3] >> ((start + i) & 7)) & 1;
  }

  private widen(column: ScanColumn, values: ArrayBufferView, start: number, count: number): void {
    const {buffer, byteOffset} = values;
    if (column.bytes === 2) {
      this.int16.set(new Uint8Array(buffer, byteOffset + start, count));
    } else if (column.bytes === 4) {
      this.int32.set(new Uint16Array(buffer, byteOffset + start * 2, count));
    } else {
      const from = new Int32Array(buffer, byteOffset + start * 4, count);
      for (let i = 0; i < count; i++) {
        this.int32[2 * i] = from[i];
        this.int32[2 * i + 1] = 0;
      }
    }
  }

  /** DuckDB's validity bitmap is Arrow's, but it starts at the vector's first row: a slice inside a byte is shifted. */
  private copyValidity(validity: Uint8Array, start: number, count: number, vector: Vector, at: number): void {
    const bytes = (count + 7) >> 3;
    const first = start >> 3;
    const shift = start & 7;
    for (let i = 0; i < bytes; i++) {
      const high = shift === 0 ? 0 : (validity[first + i + 1] ?? 0) << (8 - shift);
      this.bytes[i] = (validity[first + i] >> shift) | high;
    }
    this.bindings.vector_ensure_validity_writable(vector);
    this.bindings.copy_data_to_vector_validity(vector, at / 8, this.scratch, 0, bytes);
  }
}
