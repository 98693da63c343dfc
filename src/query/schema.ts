import {assert} from '../base/assert.js';
import {openDatabase, type QuerySource} from './database.js';
import {type MacroName, macroTable, readMacroFile} from './macros.js';
import {readSqlFile, type SqlFile} from './sql-file.js';
import {type ViewName, viewNames} from './views.js';

export interface ViewSchema {
  readonly view: ViewName | MacroName;
  /** What a row of it is; of a macro, first how it is called. */
  readonly meaning: string;
  /** None for a macro that is an expression. */
  readonly columns: readonly {
    readonly name: string;
    /** DuckDB's name of the type. */
    readonly type: string;
    /** What it means, with its unit. */
    readonly comment: string;
  }[];
}

/**
 * Every view with its columns, as the views' files describe them, and then every macro. `trace` is there only with
 * several traces.
 */
export async function schemaOfViews(): Promise<ViewSchema[]> {
  const duckdb = await import('@duckdb/node-api');
  const {connection, instance, catalog} = await openDatabase(duckdb, () => [emptySource()], {memoryBytes: 2 ** 28});
  try {
    await catalog.createAll();
    const describe = async (view: ViewName | MacroName, file: SqlFile, from: string | null): Promise<ViewSchema> => {
      const {meaning, comments} = file;
      const described = from === null ? null : await connection.runAndReadAll(`DESCRIBE FROM all_traces.${from}`);
      const rows = described?.getRows() ?? [];
      const columns = rows.map(([column, type]) => ({
        name: String(column),
        type: typeName(String(type)),
        comment: `${comments.get(String(column)) ?? ''}${noteOf(view, String(column))}`,
      }));
      return {view, meaning, columns};
    };
    const described: ViewSchema[] = [];
    for (const name of viewNames) {
      described.push(await describe(name, readSqlFile('views', name), name === 'starvation' ? `${name}()` : name));
    }
    for (const {name, example, isPublic} of macroTable) {
      if (isPublic) described.push(await describe(name, readMacroFile(name), example));
    }
    return described;
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

/** The views' types do not depend on a trace, but DuckDB wants one to look at. */
function emptySource(): QuerySource {
  const metadata = {format: 0, behaviour: 0, protocol: '', seed: 0, scenario: {}};
  const readBatch = () => assert(false, 'an empty trace has no batch') as never;
  const reader = {metadata, batches: [], rows: 0, complete: false, end: null, digest: '', readBatch, verify: () => []};
  return {name: '', reader, range: {first: 0, end: 0, toNs: null}};
}

function noteOf(view: ViewName | MacroName, column: string): string {
  return column === 'trace' && view !== 'trace_info' ? '; only with several traces' : '';
}

/** An ENUM is told by its name alone: its words are too many to read here. */
function typeName(type: string): string {
  return type.startsWith('ENUM(') ? 'ENUM' : type;
}
