import {type WriteOptions, writeResult} from '../../src/query/format.js';
import type {QueryFormat} from '../../src/query/format-names.js';
import {type QueryOptions, runQuery} from '../../src/query/run.js';

/** Runs a query and returns what it writes. */
export async function queryText(
  query: QueryOptions,
  format: QueryFormat = 'csv',
  options: WriteOptions = {},
): Promise<string> {
  const result = await runQuery(query);
  try {
    const pieces: string[] = [];
    await writeResult(result, format, (piece) => void pieces.push(String(piece)), options);
    return pieces.join('');
  } finally {
    result.close();
  }
}
