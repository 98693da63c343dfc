import {Flags} from '@oclif/core';
import {BaseCommand, traceArg, traceFlag, tracePath} from '../src/cli/base-command.js';
import {checkDocument, checkLines, invariantLines, isBroken} from '../src/cli/check-result.js';
import {exitOfInterrupt, untilInterrupted} from '../src/cli/interrupt.js';
import {protocolNames} from '../src/protocol/protocols.js';

export default class CheckCommand extends BaseCommand {
  static override description =
    'Check a trace against the invariants of its protocol, by its rows alone: the engine is not run. Exits 1 when one is violated.';

  static override examples = [
    '<%= config.bin %> check',
    '<%= config.bin %> check bug-report.arrow --json',
    '<%= config.bin %> check --list',
  ];

  static override args = traceArg;
  static override flags = {
    ...traceFlag,
    list: Flags.boolean({description: 'list the invariants, and check nothing'}),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(CheckCommand);
    if (flags.list) return this.list();
    const path = tracePath(args.trace, flags.trace);
    const {openTrace} = await import('../src/trace/decode/open-trace.js');
    const {checkTrace} = await import('../src/check/check-trace.js');
    const reader = openTrace(path);
    const progress = this.progress();
    try {
      const {checked, isInterrupted} = await untilInterrupted(async (signal) => ({
        checked: await checkTrace(reader, {signal, onProgress: (state) => progress.update(state)}),
        isInterrupted: signal.aborted,
      })).finally(() => progress.stop());
      if (isBroken(checked.report)) process.exitCode = 1;
      else if (isInterrupted) process.exitCode = exitOfInterrupt;
      if (isInterrupted) this.note(`${path}: interrupted after ${checked.events} events`);
      this.noteIncomplete(reader);
      await this.result(checkDocument(checked), checkLines(path, checked));
    } finally {
      reader.close();
    }
  }

  /** Every invariant, protocol by protocol. */
  private async list(): Promise<void> {
    const {loadRules} = await import('../src/check/checker.js');
    const rules = await Promise.all(
      protocolNames.map(async (protocol) => ({protocol, invariants: (await loadRules(protocol)).invariants})),
    );
    const document = rules.flatMap(({protocol, invariants}) =>
      invariants.map(({id, class: kind, sentence}) => ({protocol, id, class: kind, sentence})),
    );
    const lines = rules.flatMap(({protocol, invariants}, index) => [
      ...(index === 0 ? [] : ['']),
      `${protocol}:`,
      ...invariantLines(invariants),
    ]);
    return this.result(document, lines);
  }
}
