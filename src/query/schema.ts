import {assert} from '../base/assert.js';
import {openDatabase, type QuerySource} from './database.js';
import {readViewFile, type ViewName, viewNames} from './views.js';

export interface ViewSchema {
  readonly view: ViewName;
  /** What a row of it is. */
  readonly meaning: string;
  readonly columns: readonly {
    readonly name: string;
    /** DuckDB's name of the type. */
    readonly type: string;
    /** What it means, with its unit. */
    readonly comment: string;
  }[];
}

/** Every view with its columns, as the views' files describe them. `trace` is there only with several traces. */
export async function schemaOfViews(): Promise<ViewSchema[]> {
  const duckdb = await import('@duckdb/node-api');
  const {connection, instance} = await openDatabase(duckdb, [emptySource()], {memoryBytes: 2 ** 28});
  try {
    const views: ViewSchema[] = [];
    for (const name of viewNames) {
      const {meaning, comments} = readViewFile(name);
      const from = name === 'starvation' ? `${name}()` : name;
      const rows = (await connection.runAndReadAll(`DESCRIBE FROM all_traces.${from}`)).getRows();
      const columns = rows.map(([column, type]) => ({
        name: String(column),
        type: typeName(String(type)),
        comment: `${comments.get(String(column)) ?? ''}${noteOf(name, String(column))}`,
      }));
      views.push({view: name, meaning, columns});
    }
    return views;
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

/** The views' types do not depend on a trace, but DuckDB wants one to look at. */
function emptySource(): QuerySource {
  const metadata = {format: 0, behaviour: 0, protocol: '', seed: 0, scenario: {}};
  const readBatch = () => assert(false, 'an empty trace has no batch') as never;
  const reader = {metadata, batches: [], rows: 0, complete: false, end: null, digest: '', readBatch};
  return {name: '', reader, range: {first: 0, end: 0, toNs: null}};
}

function noteOf(view: ViewName, column: string): string {
  return column === 'trace' && view !== 'trace_info' ? '; only with several traces' : '';
}

/** An ENUM is told by its name alone: its words are too many to read here. */
function typeName(type: string): string {
  return type.startsWith('ENUM(') ? 'ENUM' : type;
}
