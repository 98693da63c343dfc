import {fileURLToPath} from 'node:url';
import type {ProtocolPort} from '../../src/engine/protocols/port.js';
import {Nesting} from '../../src/measure/nesting.js';
import {Kind, type KindName, kindNames} from '../../src/protocol/kinds.js';
import type {ProtocolName} from '../../src/protocol/protocols.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none, Row} from '../../src/protocol/row.js';
import {loadScenario} from '../../src/scenario/load.js';
import {runProtocol} from '../check/run-protocol.js';
import {runScenario} from '../check/run-scenario.js';

/** The handler steps before which an NMI can come, by the words of `guest.nmi.at`, with the kinds of their rows. */
export const handlerSteps: readonly {at: string; kind: KindName}[] = [
  {at: 'copy', kind: 'copy'},
  {at: 'park', kind: 'park'},
  {at: 'clear', kind: 'inuse'},
  {at: 'iret', kind: 'iret'},
];

const file = fileURLToPath(new URL('../../fixtures/scenarios/nmi-race.yaml', import.meta.url));

/**
 * R27: how deep page-not-present handlers nest when an NMI that touches an absent page lands before a step. Only #VE does
 * not ask for IF: with its busy word 0, between the clear and the IRET, it comes again (A.5.9, B.3).
 */
export const nestingDepths: Readonly<Record<ProtocolName, Readonly<Record<string, number>>>> = {
  pnp: {copy: 1, park: 1, clear: 1, iret: 1},
  'apf-int': {copy: 1, park: 1, clear: 1, iret: 1},
  'apf-pf': {copy: 1, park: 1, clear: 1, iret: 1},
  ve: {copy: 1, park: 2, clear: 1, iret: 2},
};

/** The same scenario under any protocol: the greatest depth, and whether its checker is content. */
export async function raceUnder(protocol: ProtocolName, at: string) {
  const {scenario} = await loadScenario(file, {protocol, overrides: [`guest.nmi.at=${at}`]});
  const {rows, report, ended} = await runProtocol(scenario);
  const nesting = new Nesting(scenario.vcpus);
  for (const row of rows) nesting.row(row);
  const nmiFaults = rows.filter((row) => row[Row.kind] === Kind.fault && row[Row.task] === none).length;
  return {depthMax: nesting.depthMax, violations: report.violations, ended, nmiFaults};
}

export interface Race {
  rows: Float64Array[];
  violations: readonly {invariant: string}[];
  ended: string;
  depthMax: number;
}

/** Runs fixtures/scenarios/nmi-race.yaml with the checker. */
export async function race(overrides: readonly string[], port?: ProtocolPort): Promise<Race> {
  const {scenario} = await loadScenario(file, {overrides});
  const {rows, report, ended} = runScenario(scenario, port);
  const nesting = new Nesting(scenario.vcpus);
  for (const row of rows) nesting.row(row);
  return {rows, violations: report.violations, ended, depthMax: nesting.depthMax};
}

export function count(rows: readonly Float64Array[], kind: KindName): number {
  return rows.filter((row) => row[Row.kind] === Kind[kind]).length;
}

/** What happens from an NMI that faults inside the handler of a task up to that handler's IRET: each as its kind. */
export function firstRace(rows: readonly Float64Array[]): Float64Array[] {
  const fault = rows.findIndex((row) => row[Row.kind] === Kind.fault && row[Row.task] === none);
  const begin = rows.slice(0, fault).findLastIndex((row) => row[Row.kind] === Kind.delivery);
  const length = rows
    .slice(begin)
    .findIndex((row) => row[Row.kind] === Kind.iret && row[Row.reason] === Reason.page_not_present);
  return rows.slice(begin, begin + length + 1);
}

export const kindsOf = (rows: readonly Float64Array[]): KindName[] => rows.map((row) => kindNames[row[Row.kind]]);
