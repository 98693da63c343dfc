import {Kind} from '../protocol/kinds.js';
import {none, Row} from '../protocol/row.js';

/** The lengths of one phase over all faults, ns; null where there is none. As the view `latency` has them. */
export interface Percentiles {
  count: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  p99_9: number | null;
  max: number | null;
}

/**
 * Gathers how long each fault took from its `fault` row to its `retire`. Eight bytes a fault that retired, and an entry
 * for each that has not.
 */
export class Latencies {
  private readonly open = new Map<number, number>();
  private lengths = new Float64Array(1024);
  private count = 0;

  add(row: Float64Array): void {
    switch (row[Row.kind]) {
      case Kind.fault:
        this.open.set(row[Row.seq], row[Row.time]);
        return;
      case Kind.abandon:
        this.open.delete(row[Row.fault]);
        return;
      case Kind.retire:
        if (row[Row.fault] !== none) this.close(row[Row.fault], row[Row.time]);
        return;
    }
  }

  /** Sorts what was gathered; nothing may be added afterwards. */
  percentiles(): Percentiles {
    const {count} = this;
    const sorted = this.lengths.subarray(0, count).sort();
    const least = (perMille: number) => (count === 0 ? null : sorted[Math.ceil((count * perMille) / 1000) - 1]);
    return {count, p50: least(500), p90: least(900), p99: least(990), p99_9: least(999), max: least(1000)};
  }

  private close(fault: number, timeNs: number): void {
    const begun = this.open.get(fault);
    if (begun === undefined) return;
    this.open.delete(fault);
    if (this.count === this.lengths.length) {
      const longer = new Float64Array(2 * this.count);
      longer.set(this.lengths);
      this.lengths = longer;
    }
    this.lengths[this.count++] = timeNs - begun;
  }
}
