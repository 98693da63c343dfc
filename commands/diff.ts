import {Args} from '@oclif/core';
import {BaseCommand, traceDefault} from '../src/cli/base-command.js';
import {diffDocument, diffLines} from '../src/cli/diff-result.js';

export default class DiffCommand extends BaseCommand {
  static override description =
    'Compare two traces: the first event that differs, the scenario keys, counts by kind, and latencies. Exits 1 when they differ.';

  static override examples = [
    '<%= config.bin %> diff',
    '<%= config.bin %> diff four-tokens.arrow more-tokens.arrow --json',
  ];

  static override args = {
    a: Args.string({description: 'one trace', default: 'apf.old.arrow'}),
    b: Args.string({description: 'the other trace', default: traceDefault}),
  };

  async run(): Promise<void> {
    const {args} = await this.parse(DiffCommand);
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {diffTraces} = await import('../src/diff/diff.js');
    const a = openTrace(args.a);
    const progress = this.progress();
    try {
      const b = openTrace(args.b);
      try {
        const diff = await diffTraces(a, b, {onProgress: (state) => progress.update(state)});
        progress.stop();
        if (!diff.same) process.exitCode = 1;
        this.noteIncomplete(a);
        this.noteIncomplete(b);
        await this.result(diffDocument(diff), diffLines(args.a, args.b, diff));
      } finally {
        b.close();
      }
    } finally {
      progress.stop();
      a.close();
    }
  }
}
