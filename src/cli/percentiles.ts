import type {Percentiles} from '../measure/latencies.js';
import type {Json} from './json.js';

export const percentileNames = ['p50', 'p90', 'p99', 'p99_9', 'max'] as const;

/** Keys are those of the view `latency`. */
export function percentilesDocument(latency: Percentiles): Json {
  return {
    count: latency.count,
    ...Object.fromEntries(percentileNames.map((name) => [`${name}_ns`, latency[name]])),
  };
}
