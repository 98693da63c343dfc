import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import {fieldOf, textOf} from '../base/foreign-json.js';
import {bounds} from '../scenario/limits.js';
import type {TraceReader} from '../trace/decode/trace-reader.js';
import {Catalog, type Definition} from './catalog.js';
import type {DuckDB} from './columns.js';
import {macroDefinitions} from './macros.js';
import {registerProblems} from './problems.js';
import {quoted} from './quoted.js';
import {type RowRange, timesOf} from './range.js';
import {createDatabase, type DatabaseLimits, lockDatabase} from './sandbox.js';
import {registerScans, rowsIn, type ScanFailure} from './scan.js';
import {TraceRows} from './trace-rows.js';
import {viewDefinitions} from './views.js';

/** A trace that a query reads. */
export interface QuerySource {
  /** What the column `trace` says. */
  readonly name: string;
  readonly reader: Pick<
    TraceReader,
    'metadata' | 'batches' | 'rows' | 'complete' | 'end' | 'digest' | 'readBatch' | 'verify'
  >;
  readonly range: RowRange;
}

/** A database, locked unless it is unsafe, whose views read the sources. */
export interface QueryDatabase {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  /** What SQL can name of them. */
  readonly catalog: Catalog;
  readonly failure: ScanFailure;
  /** How the rows get into a plan. */
  readonly rows: TraceRows;
}

/** vCPUs are numbered in 16 bits. */
const vcpusMax = 65_536;

/**
 * Creates the database with its table functions; its views are created as they are needed. No rows of the traces are read.
 * @param open opens the sources, while DuckDB begins on another thread; what it throws is thrown
 * @param created the database, where it has been begun with those limits
 */
export async function openDatabase(
  duckdb: DuckDB,
  open: () => readonly QuerySource[] | Promise<readonly QuerySource[]>,
  limits: DatabaseLimits,
  created: Promise<DuckDBInstance> = createDatabase(duckdb, limits),
): Promise<QueryDatabase> {
  const bindings = (await import('@duckdb/node-bindings')).default;
  const [opened, begun] = await Promise.allSettled([(async () => open())(), created]);
  if (begun.status === 'rejected') throw begun.reason;
  const instance = begun.value;
  try {
    if (opened.status === 'rejected') throw opened.reason;
    const sources = opened.value;
    const connection = await instance.connect();
    const failure = registerScans(duckdb, bindings, connection, sources);
    registerProblems(duckdb, bindings, connection, sources);
    await connection.run('CREATE SCHEMA all_traces');
    const several = sources.length > 1;
    const rows = new TraceRows(
      connection,
      sources.map(({name}) => name),
      areForLists(sources, limits),
    );
    const definitions = [
      ...tables(sources),
      rows.definition,
      ...viewDefinitions(several),
      ...macroDefinitions(several),
    ];
    const catalog = new Catalog(connection, definitions);
    if (limits.isUnsafe !== true) await lockDatabase(connection);
    return {instance, connection, catalog, failure, rows};
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/**
 * Whether to plan twice, which takes a few milliseconds, is worth the time that lists save. SQL that is not safe may be in
 * a transaction or another database, where the view cannot be replaced.
 */
function areForLists(sources: readonly QuerySource[], {asLists, isUnsafe}: DatabaseLimits): boolean {
  if (isUnsafe === true) return false;
  return asLists ?? sources.reduce((sum, source) => sum + rowsIn(source), 0) >= rowsForLists;
}

const rowsForLists = 2 ** 18;

/** What stands under the views beside the rows: what the sources say. */
function tables(sources: readonly QuerySource[]): Definition[] {
  const problems = sources.map(({name}, index) => `SELECT *, ${quoted(name)} AS trace FROM scan_problems(${index})`);
  return [
    {name: 'traces', statements: () => [createTraces], fill: (connection) => fillTraces(connection, sources)},
    {name: 'task_groups', statements: () => [createGroups], fill: (connection) => fillGroups(connection, sources)},
    {
      name: 'problem_rows',
      statements: () => [`CREATE VIEW all_traces.problem_rows AS ${problems.join(' UNION ALL ')}`],
    },
  ];
}

/**
 * The table `traces`: one row a source, with what trace_info shows and what other views need to know of it: its scenario's
 * vCPUs and the options token.freeOn and scope, and its range from first_seq on. start_ns
 * and end_ns are those of the range; NULL where a range's beginning leaves out what was before.
 */
const createTraces = `CREATE TABLE all_traces.traces (
  place INTEGER, format BIGINT, behaviour BIGINT, protocol VARCHAR, scenario VARCHAR, seed BIGINT, complete BOOLEAN,
  ended VARCHAR, ended_ns BIGINT, events BIGINT, batches BIGINT, digest VARCHAR, vcpus INTEGER, token_free_on VARCHAR,
  scope VARCHAR, first_seq BIGINT, start_ns BIGINT, end_ns BIGINT, trace VARCHAR)`;

async function fillTraces(connection: DuckDBConnection, sources: readonly QuerySource[]): Promise<void> {
  const insert = `INSERT INTO all_traces.traces VALUES (${Array.from({length: 19}, () => '?').join(', ')})`;
  for (const [place, {name, reader, range}] of sources.entries()) {
    const {format, behaviour, protocol, seed, scenario} = reader.metadata;
    await connection.run(insert, [
      place,
      BigInt(format),
      BigInt(behaviour),
      protocol,
      textOf(scenario, 'name'),
      BigInt(seed),
      reader.complete,
      reader.end?.ended ?? null,
      traceEndNs(reader),
      BigInt(reader.rows),
      BigInt(reader.batches.length),
      reader.digest,
      vcpusOf(scenario),
      optionOf(scenario, 'token.freeOn') ?? 'consume',
      optionOf(scenario, 'scope') ?? 'vcpu',
      BigInt(Math.min(range.first, reader.rows)),
      range.first === 0 ? 0n : null,
      rangeEndNs(reader, range),
      name,
    ]);
  }
}

/**
 * The table `task_groups`: which tasks each trace's scenario has, at most as many as a scenario can have; vcpu is where
 * they are pinned, NULL for `any`.
 */
const createGroups =
  'CREATE TABLE all_traces.task_groups (trace VARCHAR, vcpu INTEGER, first_task BIGINT, count BIGINT)';

async function fillGroups(connection: DuckDBConnection, sources: readonly QuerySource[]): Promise<void> {
  const appender = await connection.createAppender('task_groups', 'all_traces');
  for (const {name, reader} of sources) {
    const groups = fieldOf(fieldOf(reader.metadata.scenario, 'guest'), 'tasks');
    let first = 0;
    for (const group of Array.isArray(groups) ? groups.slice(0, bounds.taskGroupsMax) : []) {
      const count = Math.min(wholeOf(group, 'count') ?? 0, bounds.tasksMax - first);
      const vcpu = wholeOf(group, 'vcpu');
      appender.appendVarchar(name);
      if (vcpu === null) appender.appendNull();
      else appender.appendInteger(vcpu);
      appender.appendBigInt(BigInt(first));
      appender.appendBigInt(BigInt(count));
      appender.endRow();
      first += count;
    }
  }
  appender.closeSync();
}

function traceEndNs(reader: QuerySource['reader']): bigint {
  return BigInt(reader.end?.endNs ?? reader.batches.findLast((info) => info.rows > 0)?.lastNs ?? 0);
}

function rangeEndNs(reader: QuerySource['reader'], range: RowRange): bigint {
  const end = traceEndNs(reader);
  if (range.toNs !== null) return BigInt(range.toNs) < end ? BigInt(range.toNs) : end;
  if (range.end >= reader.rows || range.end === 0) return end;
  const batch = reader.batches.findIndex((info) => range.end <= info.firstSeq + info.rows);
  return timesOf(reader, batch)(range.end - 1 - reader.batches[batch].firstSeq);
}

function optionOf(scenario: unknown, name: string): string | null {
  return textOf(fieldOf(scenario, 'options'), name);
}

/** 0 where the scenario does not say: the views then know the vCPUs that have rows. */
function vcpusOf(scenario: unknown): number {
  return Math.min(wholeOf(scenario, 'vcpus') ?? 0, vcpusMax);
}

/** A whole number from 0 to 2^31 - 1; null where there is none. */
function wholeOf(object: unknown, key: string): number | null {
  const value = fieldOf(object, key);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : null;
}
