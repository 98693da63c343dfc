import {Args, Flags} from '@oclif/core';
import {ApfError} from '../src/base/errors.js';
import {BaseCommand, traceDefault} from '../src/cli/base-command.js';
import {exitOfInterrupt, untilInterrupted} from '../src/cli/interrupt.js';
import {isTerminal, refuseTerminal, writeOut} from '../src/cli/output.js';
import type {InitialSettings} from '../src/cli/prompt/settings.js';
import {formatFor, formatOfName, readLimits, readParameters, readSql} from '../src/cli/query-input.js';
import {interruptedCode, type QueryLimits, QueryProcess} from '../src/cli/query-process.js';
import {ResultFile} from '../src/cli/result-file.js';
import {schemaLines} from '../src/cli/schema-text.js';
import type {Piece} from '../src/query/format.js';
import {isBinary, queryFormats} from '../src/query/format-names.js';
import type {SessionOptions} from '../src/query/run.js';
import type {TraceOutline} from '../src/trace/decode/trace-reader.js';

export default class QueryCommand extends BaseCommand {
  static override description =
    'Ask a trace with SQL. The views (--schema lists them) read the trace where it lies; the query can reach nothing else.';

  static override examples = [
    '<%= config.bin %> query "FROM latency"',
    '<%= config.bin %> query "SELECT pattern, count(*) AS stretches, max(duration_ns) FROM starvation GROUP BY ALL ORDER BY ALL"',
    '<%= config.bin %> query -t a.arrow -t b.arrow --format csv "SELECT trace, kind, count(*) FROM events GROUP BY ALL ORDER BY ALL"',
    '<%= config.bin %> query -f slow.sql -p limit=1.5ms -o slow.parquet',
    '<%= config.bin %> query --schema',
  ];

  static override args = {
    sql: Args.string({description: 'one SELECT; - reads SQL from standard input', ignoreStdin: true}),
  };

  static override flags = {
    trace: Flags.string({
      char: 't',
      description: 'a trace; with several, every view has the column `trace`',
      multiple: true,
      multipleNonGreedy: true,
      default: [traceDefault],
      helpValue: 'TRACE',
    }),
    file: Flags.string({
      char: 'f',
      description: 'read SQL from a file, or from standard input (-); it may hold several SELECTs',
      helpValue: 'FILE',
    }),
    parameter: Flags.string({
      char: 'p',
      description: 'the value of $name in the SQL: a number, a time such as 1.5ms (in ns), true, null, or a text',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      helpValue: 'name=value',
    }),
    format: Flags.string({
      description: 'of the result; default: as the end of the name of -o says, else table',
      options: queryFormats,
      exclusive: ['json'],
    }),
    from: Flags.string({description: 'first event to read: a seq such as 1200, or a time such as 1.5ms'}),
    to: Flags.string({description: 'last event to read, as --from'}),
    'max-rows': Flags.integer({
      description: 'rows to show; default: 40 in a table on stdout, else all',
      min: 0,
      helpValue: 'N',
    }),
    output: Flags.string({char: 'o', description: 'a file for the result, instead of stdout', helpValue: 'NAME'}),
    explain: Flags.boolean({description: 'show the plan of the query instead of running it'}),
    timing: Flags.boolean({description: 'say on stderr how long the query took'}),
    timeout: Flags.string({description: 'stop a query that takes longer; default: 60s', helpValue: 'TIME'}),
    memory: Flags.string({
      description: "stop a query that takes more memory, such as 2GiB; default: half of the machine's",
      helpValue: 'SIZE',
    }),
    unsafe: Flags.boolean({
      description: 'no sandbox, no limits: any SQL, which can read and write files. For SQL of your own only',
    }),
    schema: Flags.boolean({description: 'list the views and their columns; needs no trace'}),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(QueryCommand);
    if (flags.schema) return this.showSchema();
    const parameters = readParameters(flags.parameter);
    const limits = readLimits(flags.timeout, flags.memory, flags.unsafe);
    if (flags.unsafe) this.note('--unsafe: the SQL can read and write files, use the network and change settings');
    const {trace: traces, from, to} = flags;
    const session = {traces, from, to, memoryBytes: limits.memoryBytes ?? undefined, isUnsafe: flags.unsafe};
    if (args.sql === undefined && flags.file === undefined && isTerminal() && !flags.explain) {
      const {output = null, timing, 'max-rows': rows = null} = flags;
      const format = this.jsonEnabled() ? 'json' : formatFor(flags.format, flags.output);
      return this.prompt(session, limits, {format, output: output === '-' ? null : output, rows, timing, parameters});
    }
    const sql = await this.sqlOf(args.sql, flags.file);
    const output = flags.output === '-' ? undefined : flags.output;
    const format = this.jsonEnabled() ? 'json' : formatFor(flags.format, output);
    if (isBinary(format) && output === undefined) refuseTerminal(format);
    const file = output === undefined ? null : new ResultFile(output, flags.trace);
    if (output !== undefined && flags.format === undefined && !this.jsonEnabled()) this.noteFormat(output);
    const options = {parameters, explain: flags.explain, several: flags.file !== undefined};
    const maxRows = flags['max-rows'] ?? (file === null ? undefined : Number.MAX_SAFE_INTEGER);
    const write = file === null ? writeOut : (piece: Piece) => file.write(piece);
    const queries = new QueryProcess(limits);
    try {
      // While the process of the query starts.
      const outlines = await this.noteTraces(traces);
      await untilInterrupted(async (signal) => {
        signal.addEventListener('abort', () => queries.close());
        await queries.open({...session, outlines});
        const {rows, shown, ms} = await queries.run({sql, options, format, write: {maxRows}}, write);
        file?.complete();
        if (shown < rows) this.note(`${shown} of ${rows} rows are shown; --max-rows ${rows} shows all`);
        if (flags.timing) this.note(`${rows} rows in ${ms.toFixed(1)} ms`);
      });
    } catch (error) {
      if (!(error instanceof ApfError) || error.code !== interruptedCode) throw error;
      process.exitCode = exitOfInterrupt;
    } finally {
      file?.close();
      queries.close();
    }
  }

  /** A name such as x.xlsx has an end, and no format that is known. */
  private noteFormat(output: string): void {
    if (formatOfName(output) !== null || !/\.(?!txt$)\w+$/.test(output)) return;
    this.note(`-o ${output}: its name says no format that is known, so it is a table; --format says another`);
  }

  private async prompt(session: SessionOptions, limits: QueryLimits, settings: InitialSettings): Promise<void> {
    await this.noteTraces(session.traces);
    const {openPrompt} = await import('../src/cli/prompt/open-prompt.js');
    const {schemaOfViews} = await import('../src/query/schema.js');
    const {isTerminated} = await import('../src/query/sql-text.js');
    const start = () => new QueryProcess(limits);
    const shell = {views: await schemaOfViews(), formats: queryFormats, isBinary, isTerminated, start};
    await openPrompt({session, settings, ...shell});
  }

  private async sqlOf(argument: string | undefined, file: string | undefined): Promise<string> {
    if (argument !== undefined && file !== undefined) {
      throw new ApfError('usage', 'SQL_TWICE', `query: found both SQL and -f ${file}, expected one of them`);
    }
    if (file !== undefined || argument === '-') return readSql(file ?? '-');
    if (argument !== undefined) return argument;
    throw new ApfError('usage', 'SQL_MISSING', 'query: found no SQL, expected one SELECT', [
      'apf query "FROM latency"',
      'apf query "FROM starvation"',
      'apf query --schema',
      'apf query --help',
    ]);
  }

  /** Says which traces are incomplete, and returns what is in each. Throws what opening a trace throws. */
  private async noteTraces(paths: readonly string[]): Promise<TraceOutline[]> {
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    return paths.map((path) => {
      const reader = openTrace(path);
      this.noteIncomplete(reader);
      reader.close();
      return reader.outline;
    });
  }

  private async showSchema(): Promise<void> {
    const {schemaOfViews} = await import('../src/query/schema.js');
    const views = await schemaOfViews();
    const document = views.map(({view, meaning, columns}) => ({view, meaning, columns: columns.map((c) => ({...c}))}));
    await this.result(document, schemaLines(views));
  }
}
