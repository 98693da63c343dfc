/** Formats of a result, for people and for programs. */
export const queryFormats = ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown'] as const;

export type QueryFormat = (typeof queryFormats)[number];

/** Formats of which one text holds one result. */
const documentFormats: readonly QueryFormat[] = ['json'];

export function isDocument(format: QueryFormat): boolean {
  return documentFormats.includes(format);
}
