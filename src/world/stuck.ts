import {A, Access, Mode, Status, V} from '../engine/layout.js';
import type {EngineState} from '../engine/state.js';

/** What one vCPU or task waits for at the end of a stuck run. */
export interface WaitReport {
  who: string;
  waits: string;
}

/** @returns one entry for each vCPU and each task that has not ended, in the order of their numbers */
export function reportWaits(state: EngineState): WaitReport[] {
  const reports: WaitReport[] = [];
  for (let vcpu = 0; vcpu < state.config.vcpus; vcpu++) {
    reports.push({who: `vcpu ${vcpu}`, waits: vcpuWaits(state, vcpu)});
  }
  for (let task = 0; task < state.config.tasks; task++) {
    const a = state.actor(task);
    const status = state.cells[a + A.status];
    if (status === Status.exited) continue;
    const token = state.cells[a + A.token] >>> 0;
    const on = `on vcpu ${state.cells[a + A.vcpu]}`;
    const waits =
      status === Status.parked
        ? `the resolution of token ${token} ${on}`
        : status === Status.running
          ? on
          : 'a vcpu to run on';
    reports.push({who: `task ${task}`, waits});
  }
  return reports;
}

function vcpuWaits(state: EngineState, vcpu: number): string {
  const v = state.vcpu(vcpu);
  const actor = state.currentActor(vcpu);
  switch (state.cells[v + V.mode]) {
    case Mode.asleep:
      return `page ${state.accessPage(actor)} to be ready`;
    case Mode.halted:
      return state.cells[v + V.pending] !== 0 ? 'a pending READY that it cannot take' : 'READY';
    case Mode.exited:
      return 'the host to answer its fault';
    default:
      return actor >= 0 && state.cells[state.actor(actor) + A.access] !== Access.none ? 'its access' : 'nothing';
  }
}
