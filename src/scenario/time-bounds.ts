import {compileDistribution, maxNs} from './distribution.js';
import type {ResolvedScenario} from './resolved.js';

/** How long what a protocol promises may take in a scenario; null: no bound is known. */
export interface TimeBounds {
  /** From the start of an I/O to its completion, the wait for a channel with it, ns. */
  readonly ioMaxNs: number | null;
  /** For which a vCPU that can take READY leaves it pending, ns: what it is paying for, and the interrupt. */
  readonly readyMaxNs: number | null;
}

/** The bounds of a scenario; of one from a trace's metadata, too, which anyone may have written. */
export function timeBounds(scenario: ResolvedScenario): TimeBounds {
  return {ioMaxNs: bound(() => ioMaxNs(scenario)), readyMaxNs: bound(() => readyMaxNs(scenario))};
}

/** A bound that is no whole number of ns binds nothing. */
function bound(compute: () => number): number | null {
  try {
    const ns = compute();
    return Number.isSafeInteger(ns) && ns >= 0 ? ns : null;
  } catch {
    return null;
  }
}

/** At most one I/O for each task and each NMI handler is under way: that much work is before an I/O in its queue. */
function ioMaxNs({vcpus, host, guest}: ResolvedScenario): number {
  const {latency, channels} = host.io;
  compileDistribution(latency); // refuses a table that is none
  const longest = maxNs(latency);
  if (channels === 'unlimited') return longest;
  const others = guest.tasks.reduce((sum, {count}) => sum + count, vcpus) - 1;
  return longest + Math.ceil((others * longest) / channels);
}

/** Without device interrupts, whose handlers come in between. */
function readyMaxNs({costs, guest}: ResolvedScenario): number {
  if (guest.devices) return Number.NaN;
  return costs.interrupt + Math.max(costs.step, costs.switch, costs.interrupt, costs.hypercall);
}
