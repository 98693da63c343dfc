import path from 'node:path';
import {Args, Flags} from '@oclif/core';
import {ApfError} from '../src/base/errors.js';
import {terminalText} from '../src/base/terminal-text.js';
import {BaseCommand} from '../src/cli/base-command.js';

export default class RepairCommand extends BaseCommand {
  static override description =
    'Make a whole trace of one that was cut or damaged: its events up to the first batch that cannot be read. The file itself is not changed.';

  static override examples = [
    '<%= config.bin %> repair apf.arrow',
    '<%= config.bin %> repair bug-report.arrow -o whole.arrow',
  ];

  static override args = {trace: Args.string({description: 'the trace that was cut or damaged', required: true})};

  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'the whole trace; default: NAME.repaired.EXT beside it',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RepairCommand);
    const output = flags.output ?? repairedName(args.trace);
    if (path.resolve(output) === path.resolve(args.trace)) {
      throw new ApfError('usage', 'REPAIR_IN_PLACE', `-o ${output}: found the trace itself, expected another name`);
    }
    const {repairTrace} = await import('../src/trace/repair-trace.js');
    const progress = this.progress();
    const repair = async () => repairTrace(args.trace, output, (events) => progress.update({events}));
    const repaired = await repair().finally(() => progress.stop());
    const {rows, lostRows, isUnfinished, batches, droppedBytes, problems, end, digest} = repaired;
    const lost = `${lostRows === 0 ? 'none' : lostRows} of the events that it tells of`;
    const beyond = isUnfinished ? '; how many more were recorded, it does not tell' : '';
    const from = terminalText(args.trace);
    const lines = [
      `${terminalText(output)}: ${rows} events in ${batches} batches, ended: ${end.ended}`,
      ...(problems.length === 0 ? [`  ${from} was whole`] : problems.map((problem) => `  ${from}: ${problem}`)),
      ...(problems.length === 0 ? [] : [`  lost: ${lost}${beyond}`]),
      `  digest ${digest}`,
    ];
    const losses = {lost_events: lostRows, dropped_bytes: droppedBytes};
    const document = {events: rows, batches, ...losses, problems: [...problems], ended: end.ended};
    await this.result({...document, time_ns: end.endNs, digest, trace: output}, lines);
  }
}

/** apf.arrow becomes apf.repaired.arrow. */
function repairedName(name: string): string {
  const {dir, name: stem, ext} = path.parse(name);
  return path.join(dir, `${stem}.repaired${ext}`);
}
