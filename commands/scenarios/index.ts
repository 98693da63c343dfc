import {BaseCommand} from '../../src/cli/base-command.js';
import {alignLeft} from '../../src/cli/columns.js';

export default class ScenariosCommand extends BaseCommand {
  static override description = 'List the built-in scenarios.';

  static override examples = ['<%= config.bin %> scenarios', '<%= config.bin %> scenarios show overcommit > mine.yaml'];

  async run(): Promise<void> {
    await this.parse(ScenariosCommand);
    const {listBuiltins} = await import('../../src/scenario/builtin.js');
    const builtins = listBuiltins();
    await this.result(
      builtins.map(({name, description}) => ({name, description})),
      alignLeft(builtins.map(({name, description}) => [name, description])),
    );
  }
}
