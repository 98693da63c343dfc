import {run, settings} from '@oclif/core';
import {watchStreams} from './output.js';
import {reportError} from './report-error.js';

/**
 * Runs a command. The exit code is set, not forced, so that a pipe gets everything that was written.
 * @param url of the file that was started; the package is looked for from there upwards
 */
export async function runCommandLine(argv: readonly string[], url: string): Promise<void> {
  // oclif would run the sources where NODE_ENV is development; only what was built is meant to run.
  settings.enableAutoTranspile = false;
  watchStreams();
  try {
    await run(argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv], url);
  } catch (error) {
    // When the document cannot be written either, stderr is what is left.
    process.exitCode = await reportError(error, asksForJson(argv)).catch((failure) => reportError(failure, false));
  }
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
