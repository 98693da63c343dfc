import {historyPath} from './history.js';
import {Prompt, type PromptOptions} from './prompt.js';

/** The prompt at the terminal that apf was started from, until the user quits. */
export async function openPrompt(
  options: Omit<PromptOptions, 'input' | 'output' | 'isTerminal' | 'historyFile'>,
): Promise<void> {
  const {stdin: input, stdout: output} = process;
  await new Prompt({...options, input, output, isTerminal: true, historyFile: historyPath()}).run();
}
