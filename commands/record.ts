import {Args, Flags} from '@oclif/core';
import {ApfError} from '../src/base/errors.js';
import {BaseCommand, traceDefault} from '../src/cli/base-command.js';
import {exitOfInterrupt, untilInterrupted} from '../src/cli/interrupt.js';
import {recordDocument, recordLines, recordNotes} from '../src/cli/record-result.js';
import {limitEventsFlag, scenarioArg, seedFlag, setFlag} from '../src/cli/scenario-flags.js';
import {compressionNames} from '../src/trace/schema.js';

export default class RecordCommand extends BaseCommand {
  static override description =
    'Record a run of a scenario to a trace. The file that was there becomes NAME.old.EXT once the new one has begun.';

  static override examples = [
    '<%= config.bin %> record',
    '<%= config.bin %> record token-starvation --set tokens=16 --seed 7 -o more-tokens.arrow',
    '<%= config.bin %> record ./my-scenario.yaml --limit-events 100000 --json',
  ];

  static override args = {
    scenario: Args.string({...scenarioArg, default: 'overcommit'}),
  };

  static override flags = {
    set: setFlag,
    seed: seedFlag,
    output: Flags.string({char: 'o', description: 'the trace', default: traceDefault, helpValue: 'NAME'}),
    'no-trace': Flags.boolean({description: 'write no trace, only count', exclusive: ['output']}),
    'limit-events': limitEventsFlag,
    accesses: Flags.string({
      description: 'which accesses are events: all, or those that find their page absent',
      options: ['faults', 'all'],
      default: 'faults',
    }),
    compression: Flags.option({
      description: 'codec of the trace: zstd takes about an eighth of the space, for bug reports, and longer',
      options: compressionNames,
      default: 'none' as const,
    })(),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RecordCommand);
    if (flags.output === '-') {
      throw new ApfError('usage', 'OUTPUT_STDOUT', '-o -: found standard output, expected the name of a file');
    }
    const {loadScenario} = await import('../src/scenario/load.js');
    const {record} = await import('../src/record/record.js');
    const {scenario, files} = await loadScenario(args.scenario, {
      overrides: flags.set ?? [],
      ...(flags.seed === undefined ? {} : {seed: flags.seed}),
    });
    const output = flags['no-trace'] ? null : flags.output;
    const progress = this.progress();
    const result = await untilInterrupted((signal) =>
      record({
        scenario,
        files,
        output,
        compression: flags.compression,
        limitEvents: flags['limit-events'] ?? null,
        accessesAll: flags.accesses === 'all',
        signal,
        onProgress: (state) => progress.update(state),
      }),
    ).finally(() => progress.stop());
    if (result.ended === 'interrupted') process.exitCode = exitOfInterrupt;
    for (const line of recordNotes(result, output)) this.note(line);
    await this.result(recordDocument(result, output), recordLines(result, output));
  }
}
