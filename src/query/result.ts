import type {DuckDBDataChunk, DuckDBType, DuckDBValue} from '@duckdb/node-api';

export interface QueryColumn {
  /** Unique among the columns: a second `a` is `a:1`. */
  readonly name: string;
  readonly type: DuckDBType;
}

/** Some rows of a result, at most 2,048. */
export interface QueryChunk {
  readonly rowCount: number;
  readonly data: DuckDBDataChunk;
  /** The values, row by row; converted when called. */
  rows(): DuckDBValue[][];
}

/** The rows of a query as they come: only one chunk is in memory, unless the query itself gathers them. */
export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  /** No other statement comes after the one that this is of. */
  readonly isLast: boolean;
  /** Its rows are those of EXPLAIN: the second column is a drawing of the plan. */
  readonly isPlan: boolean;
  /** Can be read once. Throws ApfError: the query's own, or of the trace that it reads. */
  chunks(): AsyncGenerator<QueryChunk, void, void>;
}
