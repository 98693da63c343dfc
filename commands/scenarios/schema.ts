import {BaseCommand} from '../../src/cli/base-command.js';
import {type Json, writeJson} from '../../src/cli/json.js';

export default class ScenariosSchemaCommand extends BaseCommand {
  static override description = 'Print the JSON Schema of scenario files, for editors.';

  static override examples = ['<%= config.bin %> scenarios schema > apf-scenario.schema.json'];

  async run(): Promise<void> {
    await this.parse(ScenariosSchemaCommand);
    const {scenarioJsonSchema} = await import('../../src/scenario/schema.js');
    const schema = scenarioJsonSchema() as Json;
    await this.result(schema, [writeJson(schema)]);
  }
}
