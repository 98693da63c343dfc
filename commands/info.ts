import {BaseCommand, traceArg, traceFlag, tracePath} from '../src/cli/base-command.js';
import {damagedBatches, infoDocument, infoLines} from '../src/cli/info-result.js';

/** Bad data, as sysexits.h has it. */
const exitOfDamage = 65;

export default class InfoCommand extends BaseCommand {
  static override description =
    'Say what a trace is: its scenario, protocol, seed, length and digest. It reads every byte; damage is named, and exits 65. A trace that ends early is none.';

  static override examples = ['<%= config.bin %> info', '<%= config.bin %> info bug-report.arrow --json'];

  static override args = traceArg;
  static override flags = traceFlag;

  async run(): Promise<void> {
    const {args, flags} = await this.parse(InfoCommand);
    const path = tracePath(args.trace, flags.trace);
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {columnNames} = await import('../src/trace/schema.js');
    const reader = openTrace(path);
    const progress = this.progress();
    try {
      const damage = await damagedBatches(reader, columnNames, (state) => progress.update(state));
      progress.stop();
      if (damage.length > 0) process.exitCode = exitOfDamage;
      for (const {message} of damage) this.note(message);
      if (damage.length === 0) this.noteIncomplete(reader);
      await this.result(infoDocument(reader, damage), infoLines(reader, damage));
    } finally {
      progress.stop();
      reader.close();
    }
  }
}
