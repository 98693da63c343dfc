import {readFileSync} from 'node:fs';

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
] as const;

export type ViewName = (typeof viewNames)[number];

/** A wait of at least so many times the median I/O time counts as starvation. */
export const starvationThresholdDefault = 10;

/** A view's file: its query, and what its comments say. */
export interface ViewFile {
  readonly name: ViewName;
  readonly query: string;
  /** The comment at the top of the file, on one line. */
  readonly meaning: string;
  /** From the comments `-- column: text`, in the order of the file; those of `faults.*` from the file of faults. */
  readonly comments: ReadonlyMap<string, string>;
}

export function readViewFile(name: ViewName): ViewFile {
  const query = readFileSync(new URL(`./views/${name}.sql`, import.meta.url), 'utf8');
  const lines = query.split('\n');
  const head = lines.findIndex((line) => !line.startsWith('--'));
  const meaning = lines
    .slice(0, head)
    .map((line) => line.slice(2).trim())
    .join(' ');
  const comments = new Map<string, string>();
  for (const line of lines.slice(head)) {
    const own = /-- ([a-z0-9_]+): (.+)$/.exec(line);
    if (own !== null) comments.set(own[1], own[2]);
    const fromFaults = /faults\.\* EXCLUDE \((.+)\)/.exec(line);
    if (fromFaults === null) continue;
    const excluded = fromFaults[1].split(', ');
    for (const [column, text] of readViewFile('faults').comments)
      if (!excluded.includes(column)) comments.set(column, text);
  }
  return {name, query, meaning, comments};
}

/**
 * The statements that create every view. The schema `all_traces` holds the views as their files say, with the column
 * `trace`; the views that a query finds leave it out when there is but one trace. Table `traces` and view `trace_rows`
 * of `all_traces` must be there.
 */
export function viewStatements(severalTraces: boolean): string[] {
  const statements: string[] = [];
  for (const name of viewNames) {
    const columns = severalTraces || name === 'trace_info' ? '*' : '* EXCLUDE (trace)';
    const {query} = readViewFile(name);
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
