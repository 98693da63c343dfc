import {Args} from '@oclif/core';
import {ApfError} from '../../src/base/errors.js';
import {BaseCommand} from '../../src/cli/base-command.js';
import type {Json} from '../../src/cli/json.js';

export default class ScenariosShowCommand extends BaseCommand {
  static override description =
    'Print a built-in scenario, to be copied and changed. With --json: as it is recorded, every default filled in.';

  static override examples = [
    '<%= config.bin %> scenarios show overcommit > mine.yaml',
    '<%= config.bin %> scenarios show postcopy --json',
  ];

  static override args = {name: Args.string({description: 'a built-in scenario', required: true})};

  async run(): Promise<void> {
    const {args} = await this.parse(ScenariosShowCommand);
    const {builtinText, listBuiltins, withWholePaths} = await import('../../src/scenario/builtin.js');
    const text = builtinText(args.name);
    if (text === null) {
      const {nearest} = await import('../../src/scenario/problem.js');
      const names = listBuiltins().map(({name}) => name);
      const suggestion = `apf scenarios show ${nearest(args.name, names)}`;
      throw new ApfError('usage', 'SCENARIO_UNKNOWN', `${args.name}: no built-in scenario of that name`, [suggestion]);
    }
    if (!this.jsonEnabled()) return this.result(null, [withWholePaths(text).trimEnd()]);
    const {loadScenario} = await import('../../src/scenario/load.js');
    const {scenario} = await loadScenario(args.name);
    await this.result(scenario as unknown as Json, []);
  }
}
