/** Formats of a result, for people and for programs. */
export const queryFormats = ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'arrow', 'parquet'] as const;

export type QueryFormat = (typeof queryFormats)[number];

/** Formats of which one text holds one result. */
const documentFormats: readonly QueryFormat[] = ['json', 'arrow', 'parquet'];
/** Formats that are no text. */
const binaryFormats: readonly QueryFormat[] = ['arrow', 'parquet'];

export function isDocument(format: QueryFormat): boolean {
  return documentFormats.includes(format);
}

export function isBinary(format: QueryFormat): boolean {
  return binaryFormats.includes(format);
}
