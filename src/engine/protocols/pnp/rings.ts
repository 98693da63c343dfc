import type {EngineConfig} from '../../../protocol/engine-config.js';
import {entryCells, V} from '../../layout.js';
import type {EngineState} from '../../state.js';

/** The ring, its tokens and its sleepers are a vCPU's own, or those of vCPU 0 serve the machine (Q6). */
export function ringOf(config: EngineConfig, vcpu: number): number {
  return config.scope === 'vm' ? 0 : vcpu;
}

/** Entries that can be in use, and tokens that can be out (R14): counting modulo N, full and empty must differ (Q7). */
export function capacity({tokens, ringIndex}: EngineConfig): number {
  return ringIndex === 'modulo' ? Math.max(0, tokens - 1) : tokens;
}

/** Entries written and not consumed; more than the capacity if the guest's tail is none that it can have reached (Q24). */
export function usedOf(state: EngineState, ring: number): number {
  const v = state.vcpu(ring);
  const tail = state.cells[v + V.tail];
  const difference = state.cells[v + V.head] - tail;
  const {tokens, ringIndex} = state.config;
  if (ringIndex !== 'modulo') return difference >>> 0;
  return tail >>> 0 < tokens ? (difference + tokens) % tokens : tokens;
}

/** The index after one: free-running u32, or modulo N (Q7). */
export function nextIndex({tokens, ringIndex}: EngineConfig, index: number): number {
  return ringIndex === 'modulo' ? (index + 1) % tokens : (index + 1) | 0;
}

/** Number of the entry that an index means, over all rings. */
export function entryOf({tokens}: EngineConfig, ring: number, index: number): number {
  return ring * tokens + ((index >>> 0) % tokens);
}

/** Index of the entry's first cell. */
export function entryCell(state: EngineState, entry: number): number {
  return state.layout.ring + entry * entryCells;
}
