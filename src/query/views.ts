import type {Definition} from './catalog.js';
import {readSqlFile} from './sql-file.js';

/** The views, each in the file of its name; one may use those before it. */
export const viewNames = [
  'events',
  'faults',
  'deliveries',
  'deferrals',
  'sleeps',
  'kills',
  'resolutions',
  'vcpu_states',
  'token_use',
  'latency',
  'starvation',
  'trace_info',
  'trace_problems',
] as const;

export type ViewName = (typeof viewNames)[number];

/** A wait of at least so many times the median I/O time counts as starvation. */
export const starvationThresholdDefault = 10;

/**
 * Every view. The schema `all_traces` holds the views as their files say, with the column `trace`; the views that a query
 * finds leave it out when there is but one trace. Table `traces` and views `trace_rows` and `problem_rows` of
 * `all_traces` come before them.
 */
export function viewDefinitions(severalTraces: boolean): Definition[] {
  return viewNames.map((name) => ({name, statements: () => statementsOf(name, severalTraces)}));
}

function statementsOf(name: ViewName, severalTraces: boolean): string[] {
  const columns = severalTraces || name === 'trace_info' ? '*' : '* EXCLUDE (trace)';
  const {query} = readSqlFile('views', name);
  if (name !== 'starvation') {
    return [
      `CREATE VIEW all_traces.${name} AS ${query}`,
      `CREATE VIEW main.${name} AS SELECT ${columns} FROM all_traces.${name}`,
    ];
  }
  const parameter = `threshold := ${starvationThresholdDefault}`;
  return [
    `CREATE MACRO all_traces.${name}(${parameter}) AS TABLE ${query}`,
    `CREATE MACRO main.${name}(${parameter}) AS TABLE SELECT ${columns} FROM all_traces.${name}(threshold := threshold)`,
    `CREATE VIEW main.${name} AS FROM main.${name}()`,
  ];
}
