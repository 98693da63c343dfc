import {expect, test} from 'vitest';
import {rules} from '../../src/check/apf-int/rules.js';
import {
  asked,
  type BrokenStory,
  bothParked,
  delivered,
  intBooted,
  intHandled,
  intReady,
  judge,
  parked,
  repeated,
  suspended,
  wentOn,
} from './kvm-row-table.js';
import {sharedStories, unmarked} from './kvm-shared-stories.js';

const shared = sharedStories({
  access: 'PI-R1',
  gates: 'PI-S1',
  word: 'PI-S2',
  token: 'PI-S6',
  limit: 'PI-S8',
  dedup: 'PI-S15',
  once: 'PI-S10',
  read: 'PI-S13',
  answer: 'PI-S14',
  halt: 'PI-S11',
  held: 'PI-S16',
  killed: 'PI-S17',
  parked: 'PI-S18',
  wake: 'PI-L3',
  refault: 'PI-L4',
  sleepEnds: 'PI-L5',
});

/** The I/O of page 6 has ended, and its READY waits. */
const secondDone = '\n completion p6 r0\n';
const secondReady = '\n resolution v0 t1 p6 f22 k0x2000 r0\n slot v0 t1 f22 k0x2000 by_host\n raise v0 f22\n';

const own: Omit<BrokenStory, 'seq'>[] = [
  {
    name: 'PI-S2 the host writes flags that the guest has not reset',
    table: `${delivered} >flags v0 t0 f12 =1 by_host`,
    tells: ['PI-S2'],
  },
  {
    name: 'PI-S3 a token over another (B2, E26)',
    table: `${bothParked} ${intReady} ${secondDone} resolution v0 t1 p6 f22 k0x2000 r0
      >slot v0 t1 f22 k0x2000 by_host\n raise v0 f22 coalesced`,
    tells: ['PI-S3', 'PI-L3'],
  },
  {
    name: 'PI-S4 READY for what the guest was not told of (B3)',
    table: `
      dispatch   v0 t0
      access     v0 t0 p5
      fault      v0 t0 p5
      attempt    v0 t0 p5 f12
      deferral   v0 t0 p5 f12 user_only
      sleep      v0 t0 p5 f12 artificial_halt
      completion      p5     r0
      resolution v0 t0 p5 f12 k0x1000 r0
      >slot      v0 t0    f12 k0x1000 by_host
      raise      v0       f12
      wakeup     v0 t0 p5 f12`,
    config: {taskModes: Uint8Array.of(1, 0), cpl0: 'user_only'},
    tells: ['PI-S4'],
  },
  {
    name: 'PI-S4 no READY for what the guest was told of',
    table: `${parked} completion p5 r0\n >resolution v0 t0 p5 f12 k0x1000 r0`,
    tells: ['PI-S4', 'PI-L3'],
  },
  {
    name: 'PI-S4 a token in the slot and no interrupt',
    table: `${parked} ${intReady.replace(/raise .*/, '').replace(' slot', ' >slot')}`,
    tells: ['PI-S4'],
  },
  {
    name: 'PI-S4 READY with nothing in the slot',
    table: `${parked} completion p6 r0\n >raise v0 f12`,
    tells: ['PI-S4'],
  },
  {
    name: 'PI-S4 a dummy that nobody takes',
    table: `${parked} ${intReady} interrupt v0\n consume v0 t0 p5 f12 k0x1000 =0
      slot v0 k0 by_guest\n ack v0\n iret v0 page_ready`.replace(/park .*=1/, '>park v0 t0 p5 f12 k0x1000 =0 early'),
    tells: ['PI-L3', 'PI-S4'],
  },
  {
    name: 'PI-S5 three READYs and no ACK',
    table: `${bothParked} ${intReady}
      interrupt v0\n consume v0 t0 p5 f12 k0x1000 =1\n unpark v0 t0 p5 f12\n slot v0 k0 by_guest ${secondDone} ${secondReady}
      >iret v0 page_ready
      interrupt v0\n consume v0 t1 p6 f22 k0x2000 =1\n unpark v0 t1 p6 f22\n slot v0 k0 by_guest
      enable v0 =1\n resolution v0 k0xffffffff\n slot v0 k0xffffffff by_host\n raise v0`,
    tells: ['PI-L1', 'PI-S5'],
  },
  {
    name: 'PI-S5 a raise that coalesces with nothing',
    table: `${parked} ${intReady.replace('raise      v0       f12', '>raise v0 f12 coalesced')}`,
    tells: ['PI-S5'],
  },
  {
    name: 'PI-S7 the later item is ready first',
    table: `${bothParked} lapic v0 =0\n completion p5 r0\n ${secondDone} lapic v0 =1\n ${secondReady.replace(' resolution', ' >resolution')}`,
    tells: ['PI-S7'],
  },
  {
    name: 'PI-S9 READY for what was queued before a disable',
    table: `${parked} enable v0 =0\n completion p5 r0\n >resolution v0 t0 p5 f12 k0x1000 r0`,
    tells: ['PI-S9', 'PI-L3'],
  },
  {
    name: 'PI-S10 ready twice',
    table: `${parked} ${intReady} >resolution v0 t0 p5 f12 k0x1000 r0`,
    tells: ['PI-S10'],
  },
  {
    name: 'PI-S12 READY with IF clear',
    table: `${parked} ${intReady} mask v0 =0\n >interrupt v0`,
    tells: ['PI-S12'],
  },
  {
    name: 'PI-S12 READY with the TPR shut',
    table: `${parked} ${intReady} mask v0 =9\n >interrupt v0`,
    tells: ['PI-S12'],
  },
  {
    name: 'PI-S13 the READY handler reads what is not in the slot',
    table: `${parked} ${intReady} interrupt v0\n >consume v0 t0 p5 k0x3000 =0`,
    tells: ['PI-S13', 'PI-L3', 'PI-S4'],
  },
  {
    name: 'PI-L1 the ACK before the slot is free',
    table: `${parked} ${intReady} ${intHandled.replace('slot      v0 k0 by_guest', '').replace(' ack', ' >ack')}`,
    tells: ['PI-L1'],
  },
  {
    name: 'PI-L1 no ACK',
    table: `${parked} ${intReady} ${intHandled.replace(/ack .*/, '').replace(' iret', ' >iret')}`,
    tells: ['PI-L1'],
  },
  {
    name: 'PI-L1 an item is done and not ready after the ACK',
    table: `${bothParked} ${intReady} ${secondDone} ${intHandled.replace(' ack', ' >ack')}`,
    tells: ['PI-L1', 'PI-L2'],
  },
  {
    name: 'PI-L2 an item is done and never ready (B5)',
    table: `${parked} >completion p5 r0\n dispatch v0 t1`,
    tells: ['PI-L2'],
  },
  {
    name: 'PI-L2 the LAPIC is off (B4)',
    table: `${parked} lapic v0 =0\n ${intReady.replace(' resolution', ' >resolution')}`,
    tells: ['PI-L2'],
  },
  {
    name: 'PI-L3 READY does not see its sleeper',
    table: `${parked} ${intReady} interrupt v0\n >consume v0 t0 p5 f12 k0x1000 =0\n slot v0 k0 by_guest\n ack v0\n iret v0 page_ready`,
    tells: ['PI-L3'],
  },
  {
    name: 'PI-L3 the wrong task is woken',
    table: `${bothParked} ${intReady} ${intHandled.replace('unpark    v0 t0', '>unpark v0 t1')}`,
    tells: ['PI-L3'],
  },
  {
    name: 'PI-L3 a sleeper is seen and not woken',
    table: `${parked} ${intReady} ${intHandled.replace(/unpark .*/, '').replace(' iret', ' >iret')}`,
    tells: ['PI-L3'],
  },
  {
    name: 'PI-L4 an access that was told that its page is there faults again',
    table: `${parked} ${intReady} ${intHandled} ${wentOn.replace('retire ', '>fault ')}`.replace(
      /(>fault.*) f12/,
      '$1',
    ),
    tells: ['PI-L4'],
  },
];

const cases = [...own, ...shared].map((story) => {
  const {table, seq} = unmarked(intBooted + story.table);
  return {...story, table, seq};
});

test.for(cases)('apf-int: $name', ({table, config, tells, seq}) => {
  const report = judge(rules, table, config);
  expect([...new Set(report.violations.map(({invariant}) => invariant))]).toEqual(tells);
  if (seq >= 0) expect(report.violations[0].seq).toBe(seq);
  for (const violation of report.violations) {
    expect(violation.rows).toContain(violation.seq);
    expect(violation.message).toMatch(/\d/);
  }
});

test('every invariant of apf-int has a story that breaks it', () => {
  const broken = new Set(cases.flatMap(({tells}) => tells));
  const ids = rules.invariants.filter((entry) => entry.class !== 'sometimes').map(({id}) => id);
  expect(ids.filter((id) => !broken.has(id))).toEqual([]);
});

const clean = [
  {name: 'a fault from its page-not-present to its retire', table: `${parked} ${intReady} ${intHandled} ${wentOn}`},
  {
    name: 'two READYs: the second waits for the ACK of the first (E20)',
    table: `${bothParked} ${intReady} ${secondDone} ${intHandled.replace('iret ', `${secondReady} iret `)}
      interrupt v0\n consume v0 t1 p6 f22 k0x2000 =1\n unpark v0 t1 p6 f22\n slot v0 k0 by_guest\n ack v0\n iret v0 page_ready`,
  },
  {
    name: 'a repeated fault: the halt ends with its page (E19)',
    table: `${repeated} ${intReady} wakeup v0 t1 p5 f22\n ${intHandled} retry v0 t1 p5 f22\n retire v0 t1 p5 f22 ${wentOn}`,
  },
  {
    name: 'a suspension',
    table: `${suspended} completion p5 r0\n wakeup v0 t0 p5 f13\n retry v0 t0 p5 f13\n retire v0 t0 p5 f13`,
  },
  {
    name: 'an item of which the guest may not be told: no READY (B3)',
    table: `${asked} deferral v0 t0 p5 f12 user_only
      sleep      v0 t0 p5 f12 artificial_halt
      completion      p5     r0
      resolution v0 t0 p5 f12 k0x1000 r0
      wakeup     v0 t0 p5 f12
      retry      v0 t0 p5 f12
      retire     v0 t0 p5 f12`,
    config: {taskModes: Uint8Array.of(1, 0), cpl0: 'user_only' as const},
  },
];

test.for(clean)('apf-int, clean: $name', ({table, config}) => {
  const report = judge(rules, intBooted + table, config);
  expect(report.violations).toEqual([]);
  expect(report.identities.filter(({holds}) => !holds)).toEqual([]);
});

test('apf-int: a trace that is cut after any row is no violation', () => {
  for (const {table, config} of clean) {
    const lines = (intBooted + table).split('\n').filter((line) => line.trim() !== '');
    for (let length = 0; length <= lines.length; length++) {
      const report = judge(rules, lines.slice(0, length).join('\n'), config, false);
      expect(report.violations).toEqual([]);
      expect(report.identities.filter(({holds}) => !holds)).toEqual([]);
    }
  }
});
