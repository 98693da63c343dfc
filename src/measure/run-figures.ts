import {Kind} from '../protocol/kinds.js';
import {type ProtocolName, protocolEntry} from '../protocol/protocols.js';
import {Reason, reasonNames} from '../protocol/reasons.js';
import {none, Row, type RowSink} from '../protocol/row.js';
import {Latencies, type Percentiles} from './latencies.js';
import {Nesting} from './nesting.js';

/** How often a vCPU left the guest, by what for. An EOI, and what brings a device's interrupt, are not counted. */
export interface Exits {
  /** EPT violations: each attempt of the host to tell the guest. A #VE is none, which the processor delivers itself. */
  faults: number;
  /** Times that a vCPU began to wait by HLT: one wait, and one more for each interrupt that it served meanwhile (E27). */
  hlt: number;
  /** Times that a vCPU began to wait by hypercall: one for a wait, whatever comes meanwhile (R26, E27). */
  suspend: number;
  /** Hypercalls of the page-not-present handler (the protocol ve). */
  hypercalls: number;
  /** Writes of the MSRs that enable the protocol or acknowledge READY. */
  msrs: number;
}

/** What one run comes to. Times are virtual nanoseconds. */
export interface RunFigures {
  faults: number;
  deliveries: number;
  /** Page-not-presents not delivered, by reason, in the order of the dictionary; reasons that came. */
  deferrals: {reason: string; count: number}[];
  sleeps: number;
  /** How long the host had vCPUs stopped, over all of them; the end of the run ends a sleep. */
  sleepNs: number;
  exits: Exits;
  /** READY taken. */
  readies: number;
  /** Interrupts of devices taken. */
  devices: number;
  /** The most page-not-present handlers that were open on one vCPU at once (R27). */
  nestingMax: number;
  kills: number;
  /** From fault to retire. */
  latency: Percentiles;
}

/** Gathers the figures of a run of any protocol from its rows. Eight bytes a fault, and nothing else that grows. */
export class RunMeter implements RowSink {
  private readonly latencies = new Latencies();
  private readonly nesting: Nesting;
  private readonly kinds = new Float64Array(256);
  private readonly deferrals = new Float64Array(reasonNames.length);
  private readonly sleepingSinceNs: Float64Array;
  private sleepNs = 0;
  private suspensions = 0;
  private readonly deliveryExits: boolean;

  constructor(protocol: ProtocolName, vcpus: number) {
    this.nesting = new Nesting(vcpus);
    this.sleepingSinceNs = new Float64Array(vcpus).fill(none);
    this.deliveryExits = protocolEntry(protocol).deliveryExits;
  }

  row(row: Float64Array): void {
    const kind = row[Row.kind];
    this.kinds[kind]++;
    this.latencies.add(row);
    this.nesting.row(row);
    switch (kind) {
      case Kind.deferral:
        this.deferrals[row[Row.reason]]++;
        return;
      case Kind.halt:
        if (row[Row.reason] === Reason.hypercall) this.suspensions++;
        return;
      case Kind.sleep:
        this.sleepingSinceNs[row[Row.vcpu]] = row[Row.time];
        return;
      case Kind.wakeup:
        return this.wake(row[Row.vcpu], row[Row.time]);
    }
  }

  /** Sorts the latencies; no row may come afterwards. @param endNs when the run ended */
  figures(endNs: number): RunFigures {
    const {kinds} = this;
    for (const vcpu of this.sleepingSinceNs.keys()) this.wake(vcpu, endNs);
    return {
      faults: kinds[Kind.fault],
      deliveries: kinds[Kind.delivery],
      deferrals: this.deferralsByReason(),
      sleeps: kinds[Kind.sleep],
      sleepNs: this.sleepNs,
      exits: {
        faults: kinds[Kind.attempt] - (this.deliveryExits ? 0 : kinds[Kind.delivery]),
        hlt: kinds[Kind.halt] - this.suspensions,
        suspend: this.suspensions,
        hypercalls: kinds[Kind.hypercall],
        msrs: kinds[Kind.enable] + kinds[Kind.ack],
      },
      readies: kinds[Kind.interrupt],
      devices: kinds[Kind.serve],
      nestingMax: this.nesting.depthMax,
      kills: kinds[Kind.kill],
      latency: this.latencies.percentiles(),
    };
  }

  private wake(vcpu: number, timeNs: number): void {
    if (this.sleepingSinceNs[vcpu] === none) return;
    this.sleepNs += timeNs - this.sleepingSinceNs[vcpu];
    this.sleepingSinceNs[vcpu] = none;
  }

  private deferralsByReason(): RunFigures['deferrals'] {
    return reasonNames
      .map((reason) => ({reason, count: this.deferrals[Reason[reason]]}))
      .filter(({count}) => count > 0);
  }
}
