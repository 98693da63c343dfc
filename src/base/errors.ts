/** What went wrong, as the exit code tells it: usage 2, bad data 65, input missing 66, our bug 70, I/O 74, a limit 75. */
export type ErrorClass = 'usage' | 'badData' | 'inputMissing' | 'bug' | 'io' | 'limit';

const exitCodes: Record<ErrorClass, number> = {usage: 2, badData: 65, inputMissing: 66, bug: 70, io: 74, limit: 75};

/**
 * An error that the user can act on. `message` says where, what was found and what was expected; `suggestions` are
 * commands to try next. Thrown by src/, printed only at the edge (cli/).
 */
export class ApfError extends Error {
  readonly exitCode: number;
  /** oclif reads the exit code from here when it prints the error itself. */
  readonly oclif: {exit: number};

  /**
   * @param kind the class of the error, which decides the exit code
   * @param code a stable name in capitals, such as TRACE_DIGEST: scripts may rely on it, the wording may change
   */
  constructor(
    readonly kind: ErrorClass,
    readonly code: string,
    message: string,
    readonly suggestions: string[] = [],
  ) {
    super(message);
    this.name = 'ApfError';
    this.exitCode = exitCodes[kind];
    this.oclif = {exit: this.exitCode};
  }
}
