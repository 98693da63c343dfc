import {expect, test} from 'vitest';
import {checkerConfig} from '../../src/check/config.js';
import {PnpChecker} from '../../src/check/pnp/checker.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {PnpHost} from '../../src/engine/protocols/pnp/port.js';
import {Kind, type KindName} from '../../src/protocol/kinds.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none, Row} from '../../src/protocol/row.js';
import {runScenario, scenarioOf} from './run-scenario.js';

const busy = scenarioOf({
  tokens: 64,
  until: {time: null, faults: 60, accesses: null},
  host: {failures: {pages: [7, 9], rate: 0.1}, recovery: 'exception'},
  guest: {'interrupts-off': {every: null, for: null, probability: 0.3}},
});

/** Hosts that break one rule, and the first invariant that must tell. */
const hosts: {name: string; host: Partial<PnpHost>; tells: string}[] = [
  {
    name: 'delivers with IF clear (R5)',
    host: {
      gate(state, vcpu) {
        const reason = pnp.host.gate(state, vcpu);
        return reason === Reason.interrupts_off ? none : reason;
      },
    },
    tells: 'AL-S1',
  },
  {name: 'never delivers', host: {gate: () => Reason.no_token}, tells: 'AL-S9'},
  {name: 'does not raise READY (R19)', host: {raise() {}}, tells: 'AL-S7'},
  {
    name: 'tells success as failure (R22)',
    host: {
      resolve(state, vcpu, slot, result, cause, sink) {
        pnp.host.resolve(state, vcpu, slot, 1 - result, cause, sink);
      },
    },
    tells: 'AL-S12',
  },
  {
    name: 'puts a vCPU to sleep and delivers nothing (R10)',
    host: {
      complete(state, page, result, sink) {
        const held = state.cells[state.layout.held];
        state.put(state.layout.held, 0); // as if nobody was held
        pnp.host.complete(state, page, result, sink);
        state.put(state.layout.held, held);
      },
    },
    tells: 'AL-L5',
  },
  {
    name: 'kills where it could recover (R12)',
    host: {
      defer(state, vcpu, reason, sink) {
        const actor = state.currentActor(vcpu);
        pnp.host.kill(state, vcpu, actor, Reason.known_failed, none, none, sink);
        void reason;
      },
    },
    tells: 'AL-S9',
  },
];

test.for(hosts)('a host that $name is found out', ({host, tells}) => {
  const {report} = runScenario(busy, {...pnp, host: {...pnp.host, ...host}});
  expect(report.violations[0]?.invariant).toBe(tells);
});

/** Rows whose absence anywhere in a run must be noticed; the others' may pass for what a guest or a world can do. */
const noticed: KindName[] = [
  'fault',
  'delivery',
  'deferral',
  'sleep',
  'resolution',
  'raise',
  'recovery',
  'completion',
  'inuse',
  'copy',
];

test('a row that is missing is noticed', () => {
  const {rows} = runScenario(busy);
  expect(new Set(rows.map((row) => row[Row.kind])).size).toBeGreaterThan(20);
  const missed: string[] = [];
  for (const [index, row] of rows.entries()) {
    const name = noticed.find((kind) => Kind[kind] === row[Row.kind]);
    if (name === undefined) continue;
    const checker = new PnpChecker(checkerConfig(busy));
    for (const [other, kept] of rows.entries()) if (other !== index) checker.row(kept);
    if (checker.finish({complete: true}).violations.length === 0) missed.push(`${name} ${index} of ${rows.length}`);
  }
  expect(missed).toEqual([]);
});
