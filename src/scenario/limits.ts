/** The rules that choose the next page, the first by default. */
export const accessPatterns = ['fresh', 'sequential', 'cyclic', 'uniform', 'zipf'] as const;

/**
 * What a scenario may ask for at most: known before anything is allocated, so that a stranger's scenario cannot take
 * all memory. A task or a token takes tens of bytes, a page about as many.
 */
export const bounds = {
  vcpusMax: 1024,
  /** Per vCPU. */
  tokensMax: 65536,
  /** Of all vCPUs together. */
  tokensTotalMax: 4194304,
  /** 64 GiB of guest memory. */
  pagesMax: 16777216,
  /** Of all groups together. */
  tasksMax: 1048576,
  taskGroupsMax: 4096,
  /** Tasks that read a trace: each holds a file open, and a buffer. */
  traceTasksMax: 256,
  channelsMax: 65536,
  failedPagesMax: 65536,
  /** Latencies that a log may hold. */
  logSamplesMax: 16777216,
  scenarioBytesMax: 1048576,
  /** Characters of the scenario once it is complete, as it stands in the trace. */
  resolvedTextMax: 8388608,
} as const;
