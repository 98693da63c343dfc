import type {DuckDBConnection, DuckDBPreparedStatement} from '@duckdb/node-api';
import type {ColumnName} from '../trace/schema.js';
import type {Definition} from './catalog.js';
import {scanColumns} from './columns.js';
import {quoted} from './quoted.js';

/**
 * The view `trace_rows` that all others stand on: the rows of every trace. Its columns are the same always; under it is
 * `scan_trace`, or `scan_lists` taken apart, which is several times as fast but only for a plan that is known: DuckDB
 * does not see that a list which it takes apart is not needed.
 */
export class TraceRows {
  private isOfLists = false;

  /**
   * @param names what the column `trace` says of each source
   * @param areMany lists are worth while
   */
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly names: readonly string[],
    private readonly areMany: boolean,
  ) {}

  get definition(): Definition {
    return {name: 'trace_rows', statements: () => [`CREATE OR REPLACE VIEW ${this.asRows}`]};
  }

  /**
   * Makes the view one of lists of those columns that the plan of a SELECT reads. False: there is nothing to gain.
   * @param prepare makes a statement of a text, and gives its parameters their values
   */
  async becomeLists(select: string, prepare: (text: string) => Promise<DuckDBPreparedStatement>): Promise<boolean> {
    if (!this.areMany) return false;
    const columns = await columnsRead(select, prepare);
    if (columns.size === 0) return false;
    this.isOfLists = true;
    await this.connection.run(`CREATE OR REPLACE VIEW ${this.asLists(columns)}`);
    return true;
  }

  /** Makes the view one of rows again, whose plans tell which columns they read. */
  async becomeRows(): Promise<void> {
    if (!this.isOfLists) return;
    await this.connection.run(`CREATE OR REPLACE VIEW ${this.asRows}`);
    this.isOfLists = false;
  }

  private get asRows(): string {
    return this.view((source) => `SELECT * FROM scan_trace(${source})`);
  }

  private asLists(columns: ReadonlySet<ColumnName>): string {
    const cells = scanColumns.map(({name}) =>
      // Of the same type; should a plan read it after all, that is an error and no wrong number.
      columns.has(name) ? `unnest(${name}) AS ${name}` : `${name}[error('${name} is not read')::BIGINT] AS ${name}`,
    );
    return this.view((source) => `SELECT ${cells.join(', ')} FROM scan_lists(${source})`);
  }

  private view(rows: (source: number) => string): string {
    const all = this.names.map((name, source) => `SELECT *, ${quoted(name)} AS trace FROM (${rows(source)})`);
    return `all_traces.trace_rows AS ${all.join(' UNION ALL ')}`;
  }
}

/** A node of a plan, as EXPLAIN tells it. */
interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: {readonly Projections?: string | readonly string[]};
}

/** The columns of traces that the plan of a statement reads. */
async function columnsRead(
  text: string,
  prepare: (text: string) => Promise<DuckDBPreparedStatement>,
): Promise<Set<ColumnName>> {
  const explained = await prepare(`EXPLAIN (FORMAT json) ${text}`);
  const plans = (await explained.runAndReadAll()).getRows();
  const [, plan] = plans.find(([name]) => name === 'physical_plan') ?? [null, '[]'];
  const columns = new Set<ColumnName>();
  const visit = ({name, children, extra_info: {Projections: projections = []}}: PlanNode) => {
    if (name.trim() === 'SCAN_TRACE') {
      const names = [projections].flat();
      for (const column of scanColumns) if (names.includes(column.name)) columns.add(column.name);
      if (names.length === 0) columns.add(scanColumns[0].name);
    }
    for (const child of children) visit(child);
  };
  for (const node of JSON.parse(String(plan)) as PlanNode[]) visit(node);
  return columns;
}
