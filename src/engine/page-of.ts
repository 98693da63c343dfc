import {Row} from '../protocol/row.js';

/** Page number of the gpa of a choice or row, which is below 2^52. */
export function pageOf(choice: Float64Array): number {
  return choice[Row.gpaHi] * (1 << 20) + (choice[Row.gpaLo] >>> 12);
}
