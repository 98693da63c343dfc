import {expect, test} from 'vitest';
import {rules} from '../../src/check/apf-pf/rules.js';
import {
  asked,
  type BrokenStory,
  bothParked,
  judge,
  parked,
  pfBooted,
  pfHandled,
  pfInjected,
  pfReady,
  repeated,
  suspended,
  wentOn,
} from './kvm-row-table.js';
import {sharedStories, unmarked} from './kvm-shared-stories.js';

const shared = sharedStories({
  access: 'LG-R1',
  gates: 'LG-S2',
  word: 'LG-S1',
  token: 'LG-S6',
  limit: 'LG-S4',
  dedup: 'LG-S5',
  once: 'LG-S9',
  read: 'LG-S8',
  answer: 'LG-S12',
  halt: 'LG-S11',
  held: 'LG-S13',
  killed: 'LG-S14',
  parked: 'LG-S15',
  wake: 'LG-L1',
  refault: 'LG-L2',
  sleepEnds: 'LG-L3',
});

const secondReady = '\n completion p6 r0\n raise v0 f22 coalesced\n';
const secondInjected = '\n interrupt v0\n resolution v0 t1 p6 f22 k0x2000 r0\n flags v0 t1 f22 =2 by_host\n';

const own: Omit<BrokenStory, 'seq'>[] = [
  {
    name: 'LG-S1 READY over a reason that was not read',
    table: `${bothParked} ${pfReady} completion p6 r0 ${pfInjected}
      resolution v0 t1 p6 f22 k0x2000 r0\n >flags v0 t1 f22 =2 by_host`,
    tells: ['LG-S1', 'LG-L1'],
  },
  {
    name: 'LG-S1 page-not-present over a READY that was not read',
    table: `${parked} ${pfReady} ${pfInjected} >flags v0 t1 =1 by_host\n nmi v0`,
    tells: ['LG-S1'],
  },
  {
    name: 'LG-S1 a READY handler that does not reset the reason',
    table: `${parked} ${pfReady} ${pfInjected} ${pfHandled.replace(/flags .*/, '').replace(' iret', ' >iret')}`,
    tells: ['LG-S1'],
  },
  {
    name: 'LG-S2 READY with IF clear',
    table: `${parked} ${pfReady} mask v0 =0\n ${pfInjected.replace(' interrupt', ' >interrupt')}`,
    tells: ['LG-S2'],
  },
  {
    name: 'LG-S2 READY in the page-not-present handler',
    table: `${parked} dispatch v0 t1\n access v0 t1 p6\n fault v0 t1 p6\n attempt v0 t1 p6 f22
      flags v0 t1 f22 =1 by_host\n delivery v0 t1 p6 f22 k0x2000\n copy v0 t1 p6 f22 k0x2000\n flags v0 t1 f22 =0 by_guest
      ${pfReady} ${pfInjected.replace(' interrupt', ' >interrupt')}`,
    tells: ['LG-S2'],
  },
  {
    name: 'LG-S3 READY on top of a page-not-present (B7)',
    table: `${parked} dispatch v0 t1\n access v0 t1 p6\n fault v0 t1 p6\n attempt v0 t1 p6 f22
      flags v0 t1 f22 =1 by_host\n delivery v0 t1 p6 f22 k0x2000
      ${pfReady} ${pfInjected.replace(' interrupt', ' >interrupt')}`,
    tells: ['LG-S2', 'LG-S1', 'LG-S3'],
  },
  {
    name: 'LG-S7 READY for what the guest was not told of (B3)',
    table: `${asked}
      deferral   v0 t0 p5 f12 user_only
      sleep      v0 t0 p5 f12 artificial_halt
      completion      p5     r0
      raise      v0       f12
      wakeup     v0 t0 p5 f12
      interrupt  v0
      resolution v0 t0 p5 f12 k0x1000 r0
      >flags     v0 t0    f12 =2 by_host`,
    config: {taskModes: Uint8Array.of(1, 0), cpl0: 'user_only'},
    tells: ['LG-S7'],
  },
  {
    name: 'LG-S7 no READY for what the guest was told of',
    table: `${parked} ${pfReady} ${pfInjected.replace(/flags .*/, '').replace(' resolution', ' >resolution')}`,
    tells: ['LG-S7', 'LG-L1'],
  },
  {
    name: 'LG-S8 the READY handler reads another token',
    table: `${parked} ${pfReady} ${pfInjected} >consume v0 t0 p5 k0x3000 =0`,
    tells: ['LG-S8', 'LG-L1', 'LG-S7'],
  },
  {
    name: 'LG-S10 the later item is ready first',
    table: `${bothParked} ${pfReady} ${secondReady} ${secondInjected.replace(' resolution', ' >resolution')}`,
    tells: ['LG-S10'],
  },
  {
    name: 'LG-L1 the wrong task is woken',
    table: `${bothParked} ${pfReady} ${pfInjected} ${pfHandled.replace('unpark  v0 t0', '>unpark v0 t1')}`,
    tells: ['LG-L1'],
  },
  {
    name: 'LG-L1 a READY that its handler does not read',
    table: `${parked} ${pfReady} ${pfInjected} flags v0 =0 by_guest\n >iret v0 page_ready`,
    tells: ['LG-L1'],
  },
  {
    name: 'LG-L4 an item is done and READY not asked for',
    table: `${parked} >completion p5 r0\n dispatch v0 t1`,
    tells: ['LG-L4'],
  },
  {name: 'LG-L4 READY is asked for with nothing done', table: `${parked} eviction p6\n >raise v0`, tells: ['LG-L4']},
];

const cases = [...own, ...shared].map((story) => {
  const {table, seq} = unmarked(pfBooted + story.table);
  return {...story, table, seq};
});

test.for(cases)('apf-pf: $name', ({table, config, tells, seq}) => {
  const report = judge(rules, table, config);
  expect([...new Set(report.violations.map(({invariant}) => invariant))]).toEqual(tells);
  if (seq >= 0) expect(report.violations[0].seq).toBe(seq);
  for (const violation of report.violations) {
    expect(violation.rows).toContain(violation.seq);
    expect(violation.message).toMatch(/\d/);
  }
});

test('every invariant of apf-pf has a story that breaks it', () => {
  const broken = new Set(cases.flatMap(({tells}) => tells));
  const ids = rules.invariants.filter((entry) => entry.class !== 'sometimes').map(({id}) => id);
  expect(ids.filter((id) => !broken.has(id))).toEqual([]);
});

const clean = [
  {
    name: 'a fault from its page-not-present to its retire',
    table: `${parked} ${pfReady} ${pfInjected} ${pfHandled} ${wentOn}`,
  },
  {
    name: 'two items done: READY is asked for again after the first',
    table: `${bothParked} ${pfReady} ${secondReady} ${pfInjected} ${pfHandled} raise v0 ${secondInjected}
      consume v0 t1 p6 f22 k0x2000 =1\n flags v0 =0 by_guest\n unpark v0 t1 p6 f22\n iret v0 page_ready`,
  },
  {
    name: 'a repeated fault: the halt ends with its page (E19)',
    table: `${repeated} ${pfReady} wakeup v0 t1 p5 f22\n ${pfInjected} ${pfHandled} retry v0 t1 p5 f22\n retire v0 t1 p5 f22 ${wentOn}`,
  },
  {
    name: 'an NMI in the artificial halt',
    table: `${repeated} nmi v0\n wakeup v0 t1 p5 f22 nmi\n iret v0 nmi\n retry v0 t1 p5 f22\n attempt v0 t1 p5 f22
      deferral v0 t1 p5 f22 repeated_fault\n sleep v0 t1 p5 f22 artificial_halt`,
  },
  {
    name: 'a suspension',
    table: `${suspended} completion p5 r0\n wakeup v0 t0 p5 f13\n retry v0 t0 p5 f13\n retire v0 t0 p5 f13`,
  },
];

test.for(clean)('apf-pf, clean: $name', ({table}) => {
  const report = judge(rules, pfBooted + table);
  expect(report.violations).toEqual([]);
  expect(report.identities.filter(({holds}) => !holds)).toEqual([]);
});

test('apf-pf: a trace that is cut after any row is no violation', () => {
  for (const {table} of clean) {
    const lines = (pfBooted + table).split('\n').filter((line) => line.trim() !== '');
    for (let length = 0; length <= lines.length; length++) {
      const report = judge(rules, lines.slice(0, length).join('\n'), {}, false);
      expect(report.violations).toEqual([]);
      expect(report.identities.filter(({holds}) => !holds)).toEqual([]);
    }
  }
});
