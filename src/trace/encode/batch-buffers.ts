import {Row, rowFields} from '../../protocol/row.js';
import {ColumnBuffers} from './column-buffers.js';

/**
 * Memory for one batch that threads share: its rows as they come, and the columns that are made of them. To keep a row
 * takes the time of a copy, and who makes the columns need not be who runs the engine.
 */
export class BatchBuffers {
  /** Rows in the batch so far. */
  rows = 0;
  /** `rowFields` numbers a row. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly columns: ColumnBuffers;

  /** @param capacity rows that fit */
  constructor(readonly capacity: number) {
    const bytes = capacity * rowFields * Float64Array.BYTES_PER_ELEMENT;
    this.numbers = new Float64Array(new SharedArrayBuffer(bytes));
    this.columns = new ColumnBuffers(capacity);
  }

  /** Appends a copy of the row; the caller looks after `capacity`. */
  put(row: Float64Array): void {
    const {numbers} = this;
    const at = this.rows * rowFields;
    // One by one: that takes half of the time of a loop, and a third of that of `set`.
    numbers[at] = row[0];
    numbers[at + 1] = row[1];
    numbers[at + 2] = row[2];
    numbers[at + 3] = row[3];
    numbers[at + 4] = row[4];
    numbers[at + 5] = row[5];
    numbers[at + 6] = row[6];
    numbers[at + 7] = row[7];
    numbers[at + 8] = row[8];
    numbers[at + 9] = row[9];
    numbers[at + 10] = row[10];
    numbers[at + 11] = row[11];
    numbers[at + 12] = row[12];
    numbers[at + 13] = row[13];
    numbers[at + 14] = row[14];
    numbers[at + 15] = row[15];
    this.rows++;
  }

  /** Forgets the rows: the next `put` begins a batch. */
  clear(): void {
    this.rows = 0;
  }

  /** Virtual time of a row of the batch, in ns. */
  timeAt(index: number): number {
    return this.numbers[index * rowFields + Row.time];
  }
}
