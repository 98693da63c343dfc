import {Flags} from '@oclif/core';
import {BaseCommand, traceArg, traceFlag, tracePath} from '../src/cli/base-command.js';
import {dumpRows} from '../src/cli/dump-rows.js';
import {writeOut} from '../src/cli/output.js';
import {Kind, type KindName, kindNames} from '../src/protocol/kinds.js';

export default class DumpCommand extends BaseCommand {
  static override description =
    'Print the events of a trace as text, one a line, as perf script does. A > marks what went in; all else came out.';

  static override examples = [
    '<%= config.bin %> dump | head',
    '<%= config.bin %> dump bug-report.arrow --from 1.5ms --to 1.6ms',
    '<%= config.bin %> dump --kind deferral --kind kill --json',
  ];

  static override args = traceArg;
  static override flags = {
    ...traceFlag,
    from: Flags.string({description: 'first event to print: a seq such as 1200, or a time such as 1.5ms'}),
    to: Flags.string({description: 'last event to print, as --from'}),
    kind: Flags.string({
      description: 'only events of this kind',
      options: [...kindNames],
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(DumpCommand);
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {RowCursor} = await import('../src/trace/decode/row-cursor.js');
    const {rangeOf} = await import('../src/query/range.js');
    const reader = openTrace(tracePath(args.trace, flags.trace));
    try {
      this.noteIncomplete(reader);
      const {first, end} = rangeOf(reader, flags.from, flags.to);
      const kinds = flags.kind === undefined ? null : new Set(flags.kind.map((name) => Kind[name as KindName]));
      const isJson = this.jsonEnabled();
      const failure = await dumpRows(new RowCursor(reader), {first, end, kinds, isJson}, writeOut);
      if (failure !== null) process.exitCode = failure.exitCode;
    } finally {
      reader.close();
    }
  }
}
