import {BaseCommand, traceArg, traceFlag, tracePath} from '../src/cli/base-command.js';
import {exitOfInterrupt, untilInterrupted} from '../src/cli/interrupt.js';
import {replayDocument, replayLines} from '../src/cli/replay-result.js';
import {behaviourVersion} from '../src/protocol/version.js';

export default class ReplayCommand extends BaseCommand {
  static override description =
    'Replay a trace: run the engine on its choices and compare every event with the recorded one. Exits 1 at the first that differs.';

  static override examples = ['<%= config.bin %> replay', '<%= config.bin %> replay bug-report.arrow --json'];

  static override args = traceArg;
  static override flags = traceFlag;

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ReplayCommand);
    const path = tracePath(args.trace, flags.trace);
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {replay} = await import('../src/replay/replay.js');
    const reader = openTrace(path);
    const progress = this.progress();
    try {
      const {result, isInterrupted} = await untilInterrupted(async (signal) => ({
        result: await replay(reader, {signal, onProgress: (state) => progress.update(state)}),
        isInterrupted: signal.aborted,
      })).finally(() => progress.stop());
      if (result.difference !== null) process.exitCode = 1;
      else if (isInterrupted) process.exitCode = exitOfInterrupt;
      const {behaviour} = reader.metadata;
      if (result.difference !== null && behaviour !== behaviourVersion)
        this.note(
          `${path}: recorded by behaviour ${behaviour}, and this is ${behaviourVersion}: it may differ by that`,
        );
      if (isInterrupted) this.note(`${path}: interrupted after ${result.events} events`);
      this.noteIncomplete(reader);
      await this.result(replayDocument(result, isInterrupted), replayLines(path, result, isInterrupted));
    } finally {
      reader.close();
    }
  }
}
