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
 * The statements that create every view. The schema `all_traces` holds the views as their files say, with the column
 * `trace`; the views that a query finds leave it out when there is but one trace. Table `traces` and views
 * `trace_rows` and `problem_rows` of `all_traces` must be there.
 */
export function viewStatements(severalTraces: boolean): string[] {
  const statements: string[] = [];
  for (const name of viewNames) {
    const columns = severalTraces || name === 'trace_info' ? '*' : '* EXCLUDE (trace)';
    const {query} = readSqlFile('views', name);
    if (name === 'starvation') {
      const parameter = `threshold := ${starvationThresholdDefault}`;
      statements.push(
        `CREATE MACRO all_traces.${name}(${parameter}) AS TABLE ${query}`,
        `CREATE MACRO main.${name}(${parameter}) AS TABLE SELECT ${columns} FROM all_traces.${name}(threshold := threshold)`,
        `CREATE VIEW main.${name} AS FROM main.${name}()`,
      );
    } else {
      statements.push(
        `CREATE VIEW all_traces.${name} AS ${query}`,
        `CREATE VIEW main.${name} AS SELECT ${columns} FROM all_traces.${name}`,
      );
    }
  }
  return statements;
}
