import {TaskMode} from '../../../protocol/engine-config.js';
import {Reason} from '../../../protocol/reasons.js';
import {none} from '../../../protocol/row.js';
import {A, IrqPc, Mask, Pc, V} from '../../layout.js';
import type {EngineState} from '../../state.js';
import {capacity, ringOf} from './rings.js';
import {outstandingFor} from './tokens.js';

/**
 * R5 to R8 in the order of the decision function: the interrupt semantics, then whose code runs (Q20, Q32), then
 * `inuse`, then tokens, then a second fault on a page in flight (Q15). The first gate that is shut, or `none`.
 */
export function gate(state: EngineState, vcpu: number): number {
  const {config, cells} = state;
  const shut = gateWithToken(state, vcpu);
  if (shut !== none) return shut;
  const used = cells[state.vcpu(ringOf(config, vcpu)) + V.tokensUsed];
  if (config.dedup === 'none') return used >= capacity(config) ? Reason.no_token : none; // R8, R14
  const isSecond = outstandingFor(state, vcpu, state.accessPage(state.currentActor(vcpu))) !== none;
  if (isSecond) return config.dedup === 'halt' ? Reason.repeated_fault : none;
  return used >= capacity(config) ? Reason.no_token : none;
}

/** The same for a page-not-present that has its token already. */
export function gateWithToken(state: EngineState, vcpu: number): number {
  const v = state.vcpu(vcpu);
  const {cells, config} = state;
  const mask = cells[v + V.mask];
  if (inHandler(state, vcpu) || (mask & Mask.interruptFlag) === 0) return Reason.interrupts_off; // R5
  if ((mask & Mask.stiShadow) !== 0) return Reason.sti_shadow; // R5
  if ((mask & Mask.movssShadow) !== 0) return Reason.movss_shadow; // R5
  if (config.checkTpr && (mask & Mask.tpr) !== 0) return Reason.tpr; // R6
  const mode = config.taskModes?.[cells[v + V.task] - 1] ?? TaskMode.user;
  if (mode === TaskMode.kernel && config.cpl0 === 'user_only') return Reason.user_only; // Q20
  if (mode === TaskMode.nested && config.nested === 'sleep') return Reason.nested; // Q32
  return cells[v + V.inuse] !== 0 ? Reason.in_use : none; // R7
}

/** Handlers run with IF=0, that of page-not-present unless it sets IF first (handler.interrupts). */
function inHandler(state: EngineState, vcpu: number): boolean {
  const v = state.vcpu(vcpu);
  const {cells, config} = state;
  if (cells[v + V.nmi] !== 0 || cells[v + V.irq] !== IrqPc.none) return true;
  const task = cells[v + V.task] - 1;
  return task >= 0 && cells[state.actor(task) + A.pc] !== Pc.none && !config.handlerInterrupts;
}

/** R20: a normal interrupt obeys IF, the shadows and the TPR, and waits for the end of handlers that run with IF=0. */
export function acceptsInterrupts(state: EngineState, vcpu: number): boolean {
  return state.cells[state.vcpu(vcpu) + V.mask] === Mask.interruptFlag && !inHandler(state, vcpu);
}
