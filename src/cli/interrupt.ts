/** Exit code of a run that Ctrl-C ended, as shells have it. */
export const exitOfInterrupt = 130;

/** What asks a program to end: Ctrl-C, a service manager or a timeout, a terminal that closes. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C reaches a program twice when its parent passes it on: within this time it is the same one. */
const sameRequestMs = 300;

/**
 * Runs something that Ctrl-C ends cleanly: the first one aborts the signal, a second one ends the program at once.
 */
export async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let firstMs = 0;
  const interrupt = () => {
    if (!controller.signal.aborted) firstMs = performance.now();
    else if (performance.now() - firstMs > sameRequestMs) process.exit(exitOfInterrupt);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
