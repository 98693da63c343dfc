import {ApfError} from '../base/errors.js';

/**
 * Writes to stdout and waits until it has gone, so that a slow reader slows the writer. When nobody reads any more, as
 * after `| head`, the program ends quietly with the exit code that is set by then.
 * Throws io STDOUT_WRITE when it cannot be written otherwise, as on a full disk.
 */
export function writeOut(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error == null) resolve();
      else reject(stdoutError(error));
    });
  });
}

/** Somebody sits at both ends, so that a prompt makes sense. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Throws usage BINARY_TO_TERMINAL when stdout is a terminal, which what is no text would only confuse. */
export function refuseTerminal(format: string): void {
  if (!process.stdout.isTTY) return;
  const message = `--format ${format}: found a terminal to write to, expected -o NAME or a pipe`;
  throw new ApfError('usage', 'BINARY_TO_TERMINAL', message);
}

/**
 * Errors of a stream come as events too, which would end the program with a stack trace; oclif throws from there. What
 * cannot be written is told by whoever writes it, or here: nobody waits for what oclif writes, such as the help.
 */
export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', endWhenUnread);
  }
  process.stdout.on('error', (error) => setImmediate(tellUnwritten, error));
}

function tellUnwritten(error: NodeJS.ErrnoException): void {
  if (isTold) return;
  const {message, exitCode} = stdoutError(error);
  process.stderr.write(`apf: ${message}\n`);
  process.exitCode = exitCode;
}

/** Who wrote what could not be written has told of it, or will. */
let isTold = false;

function stdoutError(error: NodeJS.ErrnoException): ApfError {
  endWhenUnread(error);
  isTold = true;
  return new ApfError('io', 'STDOUT_WRITE', `stdout: cannot write the result: ${error.code ?? error.message}`);
}

function endWhenUnread(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
}
