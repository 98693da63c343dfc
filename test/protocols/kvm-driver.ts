import {misbehaving} from '../../src/engine/misbehave.js';
import type {Protocol} from '../../src/engine/protocols/port.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import type {KindName} from '../../src/protocol/kinds.js';
import {Run, type SeenRow, smallConfig} from '../rules/driver.js';

/** The token that wakes all sleepers. */
export const wakeAll = 0xffffffff;

/** A run whose vCPUs have enabled asynchronous page faults and taken the wake-all that this brings. */
export function booted(protocol: Protocol, config: Partial<EngineConfig> = {}): Run {
  const run = fresh(protocol, config);
  for (let vcpu = 0; vcpu < run.state.config.vcpus; vcpu++) {
    run.steps(vcpu);
    run.interrupt(vcpu);
    run.steps(vcpu);
  }
  return run;
}

/** A run that has done nothing yet. */
export function fresh(protocol: Protocol, config: Partial<EngineConfig> = {}): Run {
  const whole = {...smallConfig, tasks: 4, pages: 8, tokens: 4, ...config};
  return new Run(whole, misbehaving(protocol, whole));
}

/** A bug at its first opportunity. */
export function bug(name: string): Partial<EngineConfig> {
  return {misbehave: [{party: 'host', bug: name, after: 0}]};
}

/** Kind and reason of the rows from `seq` on. */
export function told(run: Run, seq: number): string[] {
  return run.rows.slice(seq).map(({kind, reason}) => (reason === null ? kind : `${kind}:${reason}`));
}

/** The rows of a kind for which no step of the guest wrote them. */
export function byHost(run: Run, kind: KindName): SeenRow[] {
  return run.of(kind).filter(({choice}) => !choice);
}
