import {formatNs} from '../base/durations.js';
import {terminalText} from '../base/terminal-text.js';
import type {Exits, RunFigures} from '../measure/run-figures.js';
import {reasonNames} from '../protocol/reasons.js';
import type {ComparedRun} from '../record/compare.js';
import {alignColumns} from './columns.js';
import type {Json} from './json.js';
import {percentileNames, percentilesDocument} from './percentiles.js';

/** One object a protocol, in the order of the table; times in ns. */
export function compareDocument(runs: readonly ComparedRun[]): Json {
  return {
    scenario: runs[0].name,
    seed: runs[0].seed,
    protocols: runs.map(({protocol, leftOut, result, figures}) => ({
      protocol,
      ended: result.ended,
      time_ns: result.timeNs,
      events: result.events,
      accesses: result.accesses,
      faults: figures.faults,
      deliveries: figures.deliveries,
      deferrals: Object.fromEntries(figures.deferrals.map(({reason, count}) => [reason, count])),
      sleeps: figures.sleeps,
      sleep_ns: figures.sleepNs,
      latency: percentilesDocument(figures.latency),
      exits: {total: exitsOf(figures.exits), ...figures.exits},
      interrupts: {ready: figures.readies, device: figures.devices},
      nesting: figures.nestingMax,
      kills: figures.kills,
      left_out: [...leftOut],
    })),
  };
}

/** The table: a row a figure, a column a protocol. */
export function compareLines(runs: readonly ComparedRun[]): string[] {
  const row = (name: string, cell: (run: ComparedRun) => string) => [name, ...runs.map(cell)];
  const figure = (name: string, count: (figures: RunFigures) => number) =>
    row(name, ({figures}) => String(count(figures)));
  return alignColumns([
    row(`${terminalText(runs[0].name)}, seed ${runs[0].seed}`, ({protocol}) => protocol),
    row('ended', ({result}) => result.ended),
    row('virtual time', ({result}) => formatNs(result.timeNs)),
    row('accesses', ({result}) => String(result.accesses)),
    row('  a millisecond', ({result}) => rate(result.accesses, result.timeNs)),
    figure('faults', ({faults}) => faults),
    row('  closed a millisecond', ({figures, result}) => rate(figures.latency.count, result.timeNs)),
    ...percentileNames.map((name) => row(`latency ${name.replace('_', '.')}`, ({figures}) => length(figures, name))),
    figure('delivered', ({deliveries}) => deliveries),
    figure('deferred', deferralCount),
    ...reasonsOf(runs).map((reason) => figure(`  ${reason}`, (figures) => deferralCount(figures, reason))),
    figure('slept', ({sleeps}) => sleeps),
    row('  in all', ({figures}) => formatNs(figures.sleepNs)),
    figure('exits', ({exits}) => exitsOf(exits)),
    figure('  faults', ({exits}) => exits.faults),
    figure('  HLT', ({exits}) => exits.hlt),
    figure('  suspend by hypercall', ({exits}) => exits.suspend),
    figure('  hypercalls of the handler', ({exits}) => exits.hypercalls),
    figure('  MSR writes', ({exits}) => exits.msrs),
    figure('interrupts', ({readies, devices}) => readies + devices),
    figure('  READY', ({readies}) => readies),
    figure('  of devices', ({devices}) => devices),
    figure('handlers nested, at most', ({nestingMax}) => nestingMax),
    figure('kills', ({kills}) => kills),
  ]);
}

/** What the scenario says that not every protocol reads. */
export function compareNotes(runs: readonly ComparedRun[]): string[] {
  const keys = [...new Set(runs.flatMap(({leftOut}) => leftOut))];
  return keys.map((key) => {
    const without = runs.filter(({leftOut}) => leftOut.includes(key)).map(({protocol}) => protocol);
    return `${key}: left out for ${without.join(', ')}, which ${without.length === 1 ? 'does' : 'do'} not read it`;
  });
}

function exitsOf({faults, hlt, suspend, hypercalls, msrs}: Exits): number {
  return faults + hlt + suspend + hypercalls + msrs;
}

function deferralCount(figures: RunFigures, only?: string): number {
  const counted = figures.deferrals.filter(({reason}) => only === undefined || reason === only);
  return counted.reduce((sum, {count}) => sum + count, 0);
}

/** The reasons that came in any of the runs, in the order of the dictionary. */
function reasonsOf(runs: readonly ComparedRun[]): string[] {
  const came = new Set(runs.flatMap(({figures}) => figures.deferrals.map(({reason}) => reason)));
  return reasonNames.filter((reason) => came.has(reason));
}

function length({latency}: RunFigures, name: (typeof percentileNames)[number]): string {
  const ns = latency[name];
  return ns === null ? '-' : formatNs(ns);
}

/** So many in a time, per millisecond of virtual time. */
function rate(count: number, timeNs: number): string {
  return timeNs === 0 ? '-' : ((count * 1e6) / timeNs).toFixed(2);
}
