import {describe, expect, test} from 'vitest';
import {V} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import {Kind} from '../../src/protocol/kinds.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {Reason} from '../../src/protocol/reasons.js';
import {none, Row} from '../../src/protocol/row.js';
import {withHost} from './driver.js';
import {count, firstRace, handlerSteps, kindsOf, nestingDepths, race, raceUnder} from './nmi-race.js';

/** Carried by an exception: it asks for `inuse` and a token, and not for IF, as #VE does. */
const exception = withHost({
  gate(state, vcpu) {
    const shut = pnp.host.gate(state, vcpu);
    if (shut !== Reason.interrupts_off) return shut;
    return state.cells[state.vcpu(vcpu) + V.inuse] !== 0 ? Reason.in_use : none;
  },
});

const sleepInNmi = ['nmi', 'access', 'fault', 'attempt', 'deferral', 'sleep', 'completion', 'wakeup'];

describe.each(handlerSteps)('R27: an NMI before $at touches a page that is not there', ({at, kind}) => {
  test('with IF clear to IRET the fault sleeps and the handler goes on: depth 1, READY after it', async () => {
    const {rows, violations, ended, depthMax} = await race([`guest.nmi.at=${at}`]);
    expect({violations, ended, depthMax}).toEqual({violations: [], ended: 'workload', depthMax: 1});
    const deferrals = rows.filter((row) => row[Row.kind] === Kind.deferral);
    expect(deferrals.map((row) => [row[Row.task], row[Row.reason]])).toEqual(
      Array.from({length: 10}, () => [none, Reason.interrupts_off]),
    );
    expect([count(rows, 'delivery'), count(rows, 'sleep'), count(rows, 'retire')]).toEqual([20, 10, 30]);
    const kinds = kindsOf(firstRace(rows));
    const nmi = kinds.indexOf('nmi');
    expect(kinds.slice(nmi, nmi + sleepInNmi.length)).toEqual(sleepInNmi);
    expect(kinds.filter((name) => ['copy', 'park', 'inuse'].includes(name))).toEqual(['copy', 'park', 'inuse']);
    // Behind the IRET of the last NMI the handler takes the very step that it was about to take.
    expect(kinds.slice(nmi).filter((name) => ['copy', 'park', 'inuse', 'iret'].includes(name))).toContain(kind);
    expect(kinds.slice(0, nmi)).not.toContain(kind);
    expect(kinds).not.toContain('interrupt');
  });

  test('A.5.7: with IF set in it depth is 1 too, and READY frees the token while the frame is on the stack', async () => {
    const {rows, violations, ended, depthMax} = await race([`guest.nmi.at=${at}`, 'options.handler.interrupts=on']);
    expect({violations, ended, depthMax}).toEqual({violations: [], ended: 'workload', depthMax: 1});
    expect(rows.some((row) => row[Row.kind] === Kind.delivery && row[Row.task] === none)).toBe(false);
    const inside = firstRace(rows);
    const consumed = inside.find((row) => row[Row.kind] === Kind.consume);
    expect(consumed?.[Row.token]).toBe(inside[0][Row.token]);
    // Before the task was parked the resolution is early (R16); after it, the park is undone.
    const parksFirst = at === 'clear' || at === 'iret';
    expect(consumed?.[Row.value]).toBe(parksFirst ? 1 : 0);
    expect(kindsOf(inside).includes('unpark')).toBe(parksFirst);
  });

  test('R27 broken: an exception nests between "I am done" and IRET, and only there', async () => {
    const {depthMax, violations} = await race([`guest.nmi.at=${at}`], exception);
    expect(depthMax).toBe(at === 'iret' ? 2 : 1);
    if (at === 'iret') expect(violations.map(({invariant}) => invariant)).toEqual(['AL-S1', 'AL-S14']);
  });
});

const everywhere = protocolNames.flatMap((protocol) => handlerSteps.map(({at}) => ({protocol, at})));

test.each(everywhere)('R27: $protocol, an NMI before $at: nests as deep as docs/protocol.md says', async (one) => {
  const {depthMax, violations, ended, nmiFaults} = await raceUnder(one.protocol, one.at);
  expect({depthMax, violations, ended}).toEqual({
    depthMax: nestingDepths[one.protocol][one.at],
    violations: [],
    ended: 'workload',
  });
  expect(nmiFaults).toBeGreaterThan(5);
});
