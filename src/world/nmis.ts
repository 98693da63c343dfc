import {A, IrqPc, Mode, Pc, V} from '../engine/layout.js';
import type {EngineState} from '../engine/state.js';
import {Kind} from '../protocol/kinds.js';
import {protocolEntry} from '../protocol/protocols.js';
import type {ResolvedScenario} from '../scenario/resolved.js';

/** The kind of the step before which NMIs come; null: any. */
function stepOf({guest, protocol}: ResolvedScenario): number | null {
  const at = guest.nmi?.at ?? 'any';
  if (at === 'any') return null;
  return Kind[at === 'clear' ? protocolEntry(protocol).word : at];
}

/**
 * Periodic NMIs, one to each vCPU. One that cannot come at once stays due until it can; a vCPU has at most one due.
 * `guest.nmi.at` holds it back until the vCPU is about to take that step of its page-not-present handler (R27).
 */
export class Nmis {
  /** ns; Infinity: never. */
  nextNs: number;
  /** The page that the handler touches, or null. */
  readonly page: number | null;
  private readonly due: Uint8Array;
  private readonly touches: Uint8Array;
  private readonly every: number;
  private readonly step: number | null;

  constructor(
    scenario: ResolvedScenario,
    private readonly state: EngineState,
  ) {
    const {nmi} = scenario.guest;
    this.every = nmi?.every ?? Number.POSITIVE_INFINITY;
    this.nextNs = this.every;
    this.page = nmi === null || nmi.touches === 'none' ? null : nmi.touches;
    this.step = stepOf(scenario);
    this.due = new Uint8Array(scenario.vcpus);
    this.touches = new Uint8Array(scenario.vcpus);
  }

  /** The time has come: every vCPU has an NMI due. */
  tick(): void {
    this.due.fill(1);
    this.nextNs += this.every;
  }

  /** Whether an NMI is due on the vCPU and can come now. */
  comes(vcpu: number): boolean {
    const {cells, config} = this.state;
    const v = this.state.vcpu(vcpu);
    if (this.due[vcpu] === 0 || cells[v + V.nmi] !== 0) return false;
    if (cells[v + V.mode] === Mode.halted) return this.step === null && config.wait === 'hlt';
    if (cells[v + V.mode] === Mode.asleep)
      return this.step === null && this.state.port.host.sleepsLightly?.(this.state, vcpu) === true;
    if (cells[v + V.mode] !== Mode.guest) return false;
    if (this.step === null) return true;
    const task = cells[v + V.task] - 1;
    if (task < 0 || cells[v + V.irq] !== IrqPc.none || cells[this.state.actor(task) + A.pc] === Pc.none) return false;
    return this.state.port.guest.nextStep(this.state, vcpu) === this.step;
  }

  take(vcpu: number): void {
    this.due[vcpu] = 0;
    if (this.page !== null) this.touches[vcpu] = 1;
  }

  /** Whether the vCPU's NMI handler has yet to touch its page. */
  isTouching(vcpu: number): boolean {
    return this.touches[vcpu] === 1;
  }

  touched(vcpu: number): void {
    this.touches[vcpu] = 0;
  }
}
