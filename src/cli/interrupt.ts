/** Exit code of a run that Ctrl-C ended, as shells have it. */
export const exitOfInterrupt = 130;

/**
 * Runs something that Ctrl-C ends cleanly: the first one aborts the signal, the second one ends the program at once.
 */
export async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitOfInterrupt);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
