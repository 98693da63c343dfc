import {Kind} from '../protocol/kinds.js';
import {Reason} from '../protocol/reasons.js';
import {Row, type RowSink} from '../protocol/row.js';

/**
 * How deep page-not-present handlers nest, from the rows of any protocol: those open on a vCPU are its deliveries less
 * the IRETs that left one. An NMI in between is no level of its own; a fault in it that is delivered is (R27).
 */
export class Nesting implements RowSink {
  /** The deepest so far on any vCPU. */
  depthMax = 0;
  private readonly depths: Int32Array;

  constructor(vcpus: number) {
    this.depths = new Int32Array(vcpus);
  }

  /** Handlers open on a vCPU. */
  depthOf(vcpu: number): number {
    return this.depths[vcpu];
  }

  row(row: Float64Array): void {
    const vcpu = row[Row.vcpu];
    if (row[Row.kind] === Kind.delivery) {
      this.depths[vcpu]++;
      this.depthMax = Math.max(this.depthMax, this.depths[vcpu]);
    } else if (row[Row.kind] === Kind.iret && row[Row.reason] === Reason.page_not_present) {
      this.depths[vcpu]--;
    }
  }
}
