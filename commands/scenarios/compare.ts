import {Args} from '@oclif/core';
import {BaseCommand} from '../../src/cli/base-command.js';
import {exitOfInterrupt, untilInterrupted} from '../../src/cli/interrupt.js';
import {limitEventsFlag, scenarioArg, seedFlag, setFlag} from '../../src/cli/scenario-flags.js';

export default class ScenariosCompareCommand extends BaseCommand {
  static override description =
    'Run one scenario under every protocol, with the same seed, and print one table. No trace is written.';

  static override examples = [
    '<%= config.bin %> scenarios compare overcommit',
    '<%= config.bin %> scenarios compare waiting --set guest.wait=hypercall',
    '<%= config.bin %> scenarios compare ./my-scenario.yaml --json',
  ];

  static override args = {scenario: Args.string({...scenarioArg, required: true})};

  static override flags = {set: setFlag, seed: seedFlag, 'limit-events': limitEventsFlag};

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ScenariosCompareCommand);
    const {loadScenario} = await import('../../src/scenario/load.js');
    const {compare} = await import('../../src/record/compare.js');
    const {compareDocument, compareLines, compareNotes} = await import('../../src/cli/compare-result.js');
    const {set: overrides = [], seed} = flags;
    const progress = this.progress();
    const runs = await untilInterrupted((signal) =>
      compare({
        load: (protocol) => loadScenario(args.scenario, {overrides, protocol, ...(seed === undefined ? {} : {seed})}),
        limitEvents: flags['limit-events'] ?? null,
        signal,
        onProgress: (protocol, state) => progress.update({...state, what: protocol}),
      }),
    ).finally(() => progress.stop());
    for (const line of compareNotes(runs)) this.note(line);
    if (runs.at(-1)?.result.ended === 'interrupted') process.exitCode = exitOfInterrupt;
    await this.result(compareDocument(runs), compareLines(runs));
  }
}
