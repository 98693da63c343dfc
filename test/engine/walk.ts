import {enabled} from '../../src/engine/enabled.js';
import type {EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import type {EngineConfig} from '../../src/protocol/engine-config.js';
import {Kind, type KindName, kindTable} from '../../src/protocol/kinds.js';
import {newRow, Row, type RowSink} from '../../src/protocol/row.js';
import {smallConfig} from '../rules/driver.js';

export const noSink: RowSink = {row: () => {}};

/** Configurations that between them reach every branch of host and guest. */
export const configs: readonly EngineConfig[] = [
  smallConfig,
  {...smallConfig, vcpus: 2, tasks: 3, pages: 3, handlerInterrupts: true, recovery: true},
  {...smallConfig, vcpus: 2, tokens: 1, pages: 3, checkTpr: true, recovery: true, wait: 'hypercall'},
  {...smallConfig, tasks: 3, tokens: 3, ioStart: 'delivery', handlerInterrupts: true, recovery: true},
  {...smallConfig, tokens: 0, pages: 2},
];

/** Numbers from a seed: mulberry32. A walk is the same on every machine. */
export class Dice {
  constructor(private state: number) {}

  /** 0 to sides - 1. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * sides);
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.roll(items.length)];
  }
}

/** Every choice that makes sense in some state of the configuration; few of them are enabled in any one. */
export function candidates(config: EngineConfig): Float64Array[] {
  const all: Float64Array[] = [];
  const add = (kind: KindName, fields: Partial<Record<keyof typeof Row, number>>) => {
    const choice = newRow();
    choice[Row.kind] = Kind[kind];
    choice[Row.time] = 0;
    for (const [name, value] of Object.entries(fields)) choice[Row[name as keyof typeof Row]] = value;
    all.push(choice);
  };
  for (let page = 0; page < config.pages; page++) {
    const gpa = {gpaHi: 0, gpaLo: page << 12};
    for (const result of [0, 1]) add('completion', {...gpa, result});
    add('eviction', gpa);
    for (let vcpu = 0; vcpu < config.vcpus; vcpu++) add('access', {vcpu, ...gpa, gvaHi: 0, gvaLo: page << 12});
  }
  for (let vcpu = 0; vcpu < config.vcpus; vcpu++) {
    for (let value = 0; value < 16; value++) add('mask', {vcpu, value});
    for (let task = 0; task < config.tasks; task++) add('dispatch', {vcpu, task});
    for (const {name, role} of kindTable) if (role === 'step') add(name, {vcpu});
    for (const kind of ['nmi', 'device', 'exit', 'attempt'] as const) add(kind, {vcpu});
  }
  return all;
}

/**
 * Draws an enabled choice, or null when none is. One draw in four is of any enabled choice, the others of those that
 * move the protocol on, so that walks go deep.
 */
export function draw(state: EngineState, all: readonly Float64Array[], dice: Dice): Float64Array | null {
  const open = all.filter((choice) => {
    choice[Row.time] = state.timeNs;
    return enabled(state, choice);
  });
  if (open.length === 0) return null;
  const dull: number[] = [Kind.mask, Kind.nmi, Kind.device, Kind.exit, Kind.eviction, Kind.halt];
  const keen = open.filter((choice) => !dull.includes(choice[Row.kind]));
  const from = keen.length === 0 || dice.roll(4) === 0 ? open : keen;
  return dice.of(from);
}

/** Takes up to `choices` random enabled choices; returns those taken. */
export function walk(state: EngineState, dice: Dice, choices: number, sink: RowSink): Float64Array[] {
  const all = candidates(state.config);
  const taken: Float64Array[] = [];
  while (taken.length < choices) {
    const choice = draw(state, all, dice)?.slice();
    if (choice === undefined) break;
    choice[Row.time] += dice.roll(3);
    step(state, choice, sink);
    taken.push(choice);
  }
  return taken;
}
