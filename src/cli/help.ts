import {CommandHelp, Help} from '@oclif/core';

const exitCodes = [
  ['0', 'done; for check, diff and replay: it holds, or is the same'],
  ['1', 'it differs, diverged or broke a rule'],
  ['2', 'usage: a command, flag, name or query that is wrong'],
  ['65', 'bad data: damaged, or not what it should be'],
  ['66', 'an input is missing'],
  ['70', 'a bug of apf'],
  ['74', 'an I/O error, such as a full disk'],
  ['75', 'a limit was reached'],
  ['130', 'interrupted'],
];

const examples = ['apf record --seed 7', 'apf replay', 'apf query "FROM latency"', 'apf diff'];

class ExamplesFirst extends CommandHelp {
  protected override sections() {
    const sections = super.sections();
    const isExamples = ({header}: {header: string}) => header === 'EXAMPLES';
    return [...sections.filter(isExamples), ...sections.filter((section) => !isExamples(section))];
  }
}

/** oclif's help with the examples first, and with the exit codes. */
export default class ApfHelp extends Help {
  override CommandHelpClass = ExamplesFirst;

  override formatRoot(): string {
    const lines = examples.map((example) => `$ ${example}`).join('\n');
    return `${super.formatRoot()}\n\n${this.section('EXAMPLES', lines)}`;
  }

  override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    const body = this.renderList(exitCodes as [string, string][], {indentation: 2, stripAnsi: false});
    this.log(this.section('EXIT CODES', body));
  }
}
