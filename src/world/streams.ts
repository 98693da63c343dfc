/** What each stream of random numbers is for; a draw is a pure function of (seed, stream, counters). */
export const Stream = {
  /** Counters: page, n-th I/O of the page. */
  ioLatency: 1,
  ioFailure: 2,
  /** Counters: task, n-th access of the task. */
  compute: 3,
  pattern: 4,
  interruptsOff: 5,
  /** Counters: n-th eviction, 0. */
  eviction: 6,
} as const;
