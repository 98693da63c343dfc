/**
 * A row, and a choice, in a Float64Array of `rowFields` numbers: one register that the engine fills and every sink
 * reads, so that nothing is allocated per event. Fields are indices into it.
 *
 * `none` (-1) stands for null in every nullable field; no field is ever negative otherwise. 64-bit addresses are two
 * unsigned 32-bit words, because a double holds 53 bits; `gpaHi` or `gvaHi` equal to `none` says that the address is null.
 */
export const Row = {
  seq: 0,
  /** Virtual nanoseconds since the start. */
  time: 1,
  vcpu: 2,
  task: 3,
  /** Index into `kindTable`. */
  kind: 4,
  /** 1: a choice, 0: an event. */
  choice: 5,
  fault: 6,
  cause: 7,
  token: 8,
  gpaLo: 9,
  gpaHi: 10,
  gvaLo: 11,
  gvaHi: 12,
  /** Index into `reasonNames`. */
  reason: 13,
  result: 14,
  value: 15,
} as const;

export const rowFields = 16;

/** Null, in a field of a row or a choice. */
export const none = -1;

/** Gets every row that a step writes, in order. The register is the caller's: copy what must outlive the call. */
export interface RowSink {
  row(row: Float64Array): void;
}

/** A fresh register with every field null. */
export function newRow(): Float64Array {
  return new Float64Array(rowFields).fill(none);
}
