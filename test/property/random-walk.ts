import {Mode, V} from '../../src/engine/layout.js';
import type {EngineState} from '../../src/engine/state.js';
import {Kind} from '../../src/protocol/kinds.js';
import {none, Row} from '../../src/protocol/row.js';
import type {Dice} from './random-scenario.js';

/** Choices that the world may make, with how often; the guest's own next step is taken as often as all of them. */
const worldKinds = [
  Kind.access,
  Kind.access,
  Kind.access,
  Kind.completion,
  Kind.completion,
  Kind.eviction,
  Kind.mask,
  Kind.mask,
  Kind.nmi,
  Kind.device,
  Kind.serve,
  Kind.dispatch,
  Kind.dispatch,
  Kind.halt,
  Kind.interrupt,
  Kind.interrupt,
] as const;

/** Masks: mostly open, so that the walk gets on; sometimes each of IF, the shadows and the TPR. */
const masks = [1, 1, 1, 1, 0, 3, 5, 9];

/** Fills in a choice that may or may not be enabled; whoever calls asks. */
export function randomChoice(state: EngineState, dice: Dice, choice: Float64Array): void {
  const {vcpus, tasks, pages} = state.config;
  const vcpu = dice.below(vcpus);
  choice.fill(none);
  choice[Row.vcpu] = vcpu;
  choice[Row.kind] = dice.below(2) === 0 ? ownStep(state, vcpu) : dice.pick(worldKinds);
  choice[Row.task] = dice.below(tasks);
  choice[Row.value] = dice.pick(masks);
  choice[Row.result] = dice.pick([0, 0, 0, 1]);
  const page = dice.below(pages);
  choice[Row.gpaLo] = page * 4096;
  choice[Row.gpaHi] = 0;
  choice[Row.gvaLo] = page * 4096;
  choice[Row.gvaHi] = 0;
}

/** What the vCPU would do next by itself. */
function ownStep(state: EngineState, vcpu: number): number {
  if (state.cells[state.vcpu(vcpu) + V.mode] === Mode.exited) return Kind.attempt;
  const kind = state.port.guest.nextStep(state, vcpu);
  return kind === none ? Kind.dispatch : kind;
}
