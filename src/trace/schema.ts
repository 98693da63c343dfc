/** The columns of a trace, its versions and the keys of its metadata: everything both encode/ and decode/ must agree on. */

/** Raised when the bytes of the file mean something else than before; older numbers stay readable. */
export const formatVersion = 1;

/** Rows of a batch, save the last. A multiple of DuckDB's vector of 2,048 rows. */
export const rowsPerBatchDefault = 65_536;

/** Bound on the rows of a batch that a file may ask for, so that a forged one cannot exhaust memory. */
export const rowsPerBatchMax = 1_048_576;

/**
 * Bound on the batches of a trace whose batches have fewer rows than `rowsPerBatchFew`, as only tests write them: a forged
 * file of nothing but headers takes long to look at.
 */
export const batchesOfFewRowsMax = 4096;
export const rowsPerBatchFew = 4096;

/** Bound on the header of one message. Unit: bytes. The scenario's text is in the first one. */
export const messageBytesMax = 16 * 1024 * 1024;

/** What precedes the first message: the magic of an Arrow file, padded to 8 bytes. It ends the file too, unpadded. */
export const magic = 'ARROW1';

/** Codecs of a batch's body. */
export const compressionNames = ['none', 'zstd'] as const;

export type Compression = (typeof compressionNames)[number];

export type ColumnType = 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'int64' | 'bool' | 'kind' | 'reason';

export interface ColumnEntry {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/** In the order of the file. `kind` and `reason` are dictionary<uint8, utf8>. */
export const columnTable = [
  {name: 'seq', type: 'uint64', nullable: false},
  {name: 'time_ns', type: 'int64', nullable: false},
  {name: 'vcpu', type: 'uint16', nullable: true},
  {name: 'task', type: 'uint32', nullable: true},
  {name: 'kind', type: 'kind', nullable: false},
  {name: 'choice', type: 'bool', nullable: false},
  {name: 'fault', type: 'uint64', nullable: true},
  {name: 'cause', type: 'uint64', nullable: true},
  {name: 'token', type: 'uint32', nullable: true},
  {name: 'gpa', type: 'uint64', nullable: true},
  {name: 'gva', type: 'uint64', nullable: true},
  {name: 'reason', type: 'reason', nullable: true},
  {name: 'result', type: 'uint8', nullable: true},
  {name: 'value', type: 'int64', nullable: true},
] as const satisfies readonly ColumnEntry[];

export type ColumnName = (typeof columnTable)[number]['name'];

export const columnNames: readonly ColumnName[] = columnTable.map((column) => column.name);

/** Dictionaries carry explicit numbers: those that apache-arrow gives by itself depend on what else the process did. */
export const dictionaryIds = {kind: 0, reason: 1} as const;

/** Keys of the schema's metadata, in the order of the file. */
export const metadataKeys = [
  'apf.format',
  'apf.behaviour',
  'apf.protocol',
  'apf.seed',
  'apf.rows_per_batch',
  'apf.scenario',
] as const;

/** What a trace says about itself as a whole. */
export interface TraceMetadata {
  /** `formatVersion` of the writer. */
  format: number;
  /** Raised when the same scenario gives other rows. */
  behaviour: number;
  /** Lower case letters, digits and dashes. */
  protocol: string;
  /** 0 to 2^53 - 1. */
  seed: number;
  /** The resolved scenario: plain JSON. */
  scenario: unknown;
}

/** How a trace ends that was made whole of one whose recording is lost from there on. */
export const endedCut = 'cut';

/** How a recording ended. */
export interface TraceEnd {
  /** One lower case word, such as `until` or `killed`. */
  ended: string;
  /** Virtual nanoseconds since the start; not before the last row. */
  endNs: number;
}

/** Words that a trace may hold outside its scenario, so that none of them can steer a terminal. */
export const wordPattern = /^[a-z][a-z0-9_-]{0,31}$/;
