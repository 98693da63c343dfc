import {endAhead, startAhead} from './query-child.js';

/**
 * Runs the command line; a query's process starts with it, for each takes as long to load as the other.
 * @param url of the file that was started; the package is looked for from there upwards
 */
export async function main(url: string): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv[0] === 'query') startAhead();
  try {
    const {runCommandLine} = await import('./command-line.js');
    await runCommandLine(argv, url);
  } finally {
    endAhead();
  }
}
