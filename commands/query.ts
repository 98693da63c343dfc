import {Args, Flags} from '@oclif/core';
import {ApfError} from '../src/base/errors.js';
import {BaseCommand, traceDefault} from '../src/cli/base-command.js';
import {writeOut} from '../src/cli/output.js';
import {ResultFile} from '../src/cli/result-file.js';
import {schemaLines} from '../src/cli/schema-text.js';

const formats = ['table', 'csv', 'json', 'ndjson'] as const;

export default class QueryCommand extends BaseCommand {
  static override description =
    'Ask a trace with SQL. The views (--schema lists them) read the trace where it lies; the query can reach nothing else.';

  static override examples = [
    '<%= config.bin %> query "FROM latency"',
    '<%= config.bin %> query "SELECT pattern, count(*) AS stretches, max(duration_ns) FROM starvation GROUP BY ALL ORDER BY ALL"',
    '<%= config.bin %> query -t a.arrow -t b.arrow --format csv "SELECT trace, kind, count(*) FROM events GROUP BY ALL ORDER BY ALL"',
    '<%= config.bin %> query --schema',
  ];

  static override args = {sql: Args.string({description: 'one SELECT'})};

  static override flags = {
    trace: Flags.string({
      char: 't',
      description: 'a trace; with several, every view has the column `trace`',
      multiple: true,
      multipleNonGreedy: true,
      default: [traceDefault],
      helpValue: 'TRACE',
    }),
    format: Flags.string({description: 'of the result', options: formats, default: 'table', exclusive: ['json']}),
    from: Flags.string({description: 'first event to read: a seq such as 1200, or a time such as 1.5ms'}),
    to: Flags.string({description: 'last event to read, as --from'}),
    'max-rows': Flags.integer({
      description: 'rows to show; default: 40 in a table on stdout, else all',
      min: 0,
      helpValue: 'N',
    }),
    output: Flags.string({char: 'o', description: 'a file for the result, instead of stdout', helpValue: 'NAME'}),
    schema: Flags.boolean({description: 'list the views and their columns; needs no trace'}),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(QueryCommand);
    if (flags.schema) return this.showSchema();
    const {sql} = args;
    if (sql === undefined) {
      throw new ApfError('usage', 'SQL_MISSING', 'query: found no SQL, expected one SELECT', [
        'apf query "FROM latency"',
        'apf query "FROM starvation"',
        'apf query --schema',
        'apf query --help',
      ]);
    }
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {runQuery} = await import('../src/query/run.js');
    const {writeResult} = await import('../src/query/format.js');
    for (const path of flags.trace) {
      const reader = openTrace(path);
      this.noteIncomplete(reader);
      reader.close();
    }
    const result = await runQuery({traces: flags.trace, sql, from: flags.from, to: flags.to});
    const file = flags.output === undefined ? null : new ResultFile(flags.output, flags.trace);
    try {
      const format = this.jsonEnabled() ? 'json' : (flags.format as (typeof formats)[number]);
      const write = file === null ? writeOut : (text: string) => file.write(text);
      const maxRows = flags['max-rows'] ?? (file === null ? undefined : Number.MAX_SAFE_INTEGER);
      const {rows, shown} = await writeResult(result, format, write, {maxRows});
      if (shown < rows) this.note(`${shown} of ${rows} rows are shown; --max-rows ${rows} shows all`);
    } finally {
      file?.close();
      result.close();
    }
  }

  private async showSchema(): Promise<void> {
    const {schemaOfViews} = await import('../src/query/schema.js');
    const views = await schemaOfViews();
    const document = views.map(({view, meaning, columns}) => ({view, meaning, columns: columns.map((c) => ({...c}))}));
    await this.result(document, schemaLines(views));
  }
}
