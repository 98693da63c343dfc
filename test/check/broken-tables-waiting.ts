import type {BrokenTable} from './broken-tables-delivery.js';
import {asleep, delivered, finished, parked, resolved} from './row-table.js';

/** handler.interrupts: READY is taken inside the handler, before it parks. */
export const consumedFirst = `${delivered}
      copy       v0 t0 p5 f2 k1
  @20 completion       p5    r0
      resolution v0 t0 p5 f2 k1 r0 =1
      raise      v0       f2
      interrupt  v0 t0
      consume    v0 t0 p5 f2 k1 r0 =0
      iret       v0 t0 page_ready
`;

/** Page 5 is ready when the host answers: rows 0 to 7, resolved before delivery. */
const early = `
  @0  dispatch   v0 t0
  @10 access     v0 t0 p5
      fault      v0 t0 p5
      completion       p5    r0
      attempt    v0 t0 p5 f2
      resolution v0 t0 p5 f2 k1 r0 =1
      raise      v0       f2
`;

/** What goes wrong where a task or a vCPU waits: AL-S8 to AL-L6, AL-R26. */
export const brokenWaits: BrokenTable[] = [
  {name: 'AL-S8 READY is taken with IF clear', table: `${resolved} mask v0 =0\n interrupt v0`, seq: 14},
  {name: 'AL-S8 READY is taken in an NMI handler', table: `${resolved} nmi v0\n interrupt v0`, seq: 14},
  {name: 'AL-S8 READY is taken with the TPR shut', table: `${resolved} mask v0 =9\n interrupt v0`, seq: 14},
  {
    name: 'AL-S9 a deferral without an answer',
    table:
      'dispatch v0 t0\n mask v0 t0 =0\n access v0 t0 p5\n fault v0 t0 p5\n attempt v0 t0 p5 f3\n deferral v0 t0 p5 f3 interrupts_off',
    seq: 5,
  },
  {
    name: 'AL-S9 an attempt without an answer',
    table: 'dispatch v0 t0\n access v0 t0 p5\n fault v0 t0 p5\n attempt v0 t0 p5 f2',
    seq: 3,
  },
  {
    name: 'AL-S9 a deferral with every gate open',
    table:
      'dispatch v0 t0\n access v0 t0 p5\n fault v0 t0 p5\n attempt v0 t0 p5 f2\n deferral v0 t0 p5 f2 no_token\n sleep v0 t0 p5 f2',
    seq: 4,
  },
  {
    name: 'AL-S9 killed without a log',
    table: `${asleep} completion p5 r1\n deferral v0 t0 p5 f3 interrupts_off\n kill v0 t0 p5 f3 known_failed`,
    seq: 9,
  },
  {
    name: 'AL-S9 killed where recovery is implemented',
    table: `${asleep} completion p5 r1
      deferral v0 t0 p5 f3 interrupts_off
      log      v0 t0 p5 f3 known_failed
      kill     v0 t0 p5 f3 known_failed`,
    config: {recovery: true},
    seq: 10,
  },
  {
    name: 'AL-S9 recovery that is not implemented',
    table: `${asleep} completion p5 r1
      deferral v0 t0 p5 f3 interrupts_off
      wakeup   v0 t0 p5 f3
      recovery v0 t0 p5 f3`,
    seq: 10,
  },
  {name: 'AL-S10 the guest runs on a sleeping vCPU', table: `${asleep} mask v0 t0 =0`, seq: 7},
  {name: 'AL-S10 an NMI on a sleeping vCPU', table: `${asleep} nmi v0`, seq: 7},
  {
    name: 'AL-S11 resolved early and not delivered',
    table: `
      dispatch   v0 t0
      mask       v0 t0 =0
      access     v0 t0 p5
      fault      v0 t0 p5
      completion       p5    r0
      attempt    v0 t0 p5 f3
      resolution v0 t0 p5 f3 k1 r0 =1
      raise      v0       f3
      deferral   v0 t0 p5 f3 interrupts_off
      sleep      v0 t0 p5 f3
      wakeup     v0 t0 p5 f3`,
    seq: 10,
  },
  {
    name: 'AL-S11 resolved early and parked for ever',
    table: `${early}
      inuse     v0 t0 f2 =1 by_host
      delivery  v0 t0 p5 f2 k1
      copy      v0 t0 p5 f2 k1
      interrupt v0 t0
      consume   v0 t0 p5 f2 k1 r0 =0
      iret      v0 t0 page_ready
      park      v0 t0 p5 f2 k1 =1
      inuse     v0 t0 f2 =0 by_guest
      iret      v0 t0 f2 page_not_present`,
    config: {handlerInterrupts: true},
    seq: 13,
  },
  {
    name: 'AL-S12 result 1 of a page that is there',
    table: `${parked} completion p5 r0\n resolution v0 t0 p5 f2 k1 r1 =1\n raise v0 f2`,
    seq: 11,
  },
  {
    name: 'AL-S12 result 0 of a page that has failed',
    table: `${parked} completion p5 r1\n resolution v0 t0 p5 f2 k1 r0 =1\n raise v0 f2`,
    seq: 11,
  },
  {
    name: 'AL-S12 result 2',
    table: `${parked} completion p5 r0\n resolution v0 t0 p5 f2 k1 r2 =1\n raise v0 f2`,
    seq: 11,
  },
  {
    name: 'AL-S13 a row after the kill',
    table: `${asleep} completion p5 r1
      deferral v0 t0 p5 f3 interrupts_off
      log      v0 t0 p5 f3 known_failed
      kill     v0 t0 p5 f3 known_failed
      completion p6 r0`,
    seq: 11,
  },
  {
    name: 'AL-S14 delivery while another handler has not returned',
    table: `${delivered}
      copy     v0 t0 p5 f2 k1
      park     v0 t0 p5 f2 k1 =1
      inuse    v0 t0 f2 =0 by_guest
      dispatch v0 t1
      access   v0 t1 p6
      fault    v0 t1 p6
      attempt  v0 t1 p6 f11
      inuse    v0 t1 f11 =1 by_host
      delivery v0 t1 p6 f11 k2`,
    seq: 14,
  },
  {
    name: 'AL-S15 a token is consumed that is not in the ring',
    table: `${parked} interrupt v0\n consume v0 t0 p5 f2 k1 r0 =1`,
    seq: 11,
  },
  {
    name: 'AL-S15 a token is consumed twice',
    table: `${resolved}
      interrupt v0
      consume   v0 t0 p5 f2 k1 r0 =1
      unpark    v0 t0 p5 f2 k1 r0
      consume   v0 t0 p5 f2 k1 r0 =0`,
    seq: 16,
  },
  {name: 'AL-S16 a parked task is dispatched', table: `${parked} dispatch v0 t0`, seq: 10},
  {
    name: 'AL-S16 a task is registered twice',
    table: `${delivered} copy v0 t0 p5 f2 k1\n park v0 t0 p5 f2 k1 =1\n park v0 t0 p5 f2 k1 =1\n inuse v0 t0 f2 =0 by_guest`,
    seq: 8,
  },
  {
    name: 'AL-L3 a token is consumed and its sleeper not woken',
    table: `${resolved} interrupt v0\n consume v0 t0 p5 f2 k1 r0 =1\n iret v0 page_ready`,
    seq: 15,
  },
  {
    name: 'AL-L3 a token is consumed as if nobody slept',
    table: `${resolved} interrupt v0\n consume v0 t0 p5 f2 k1 r0 =0\n iret v0 page_ready`,
    seq: 14,
  },
  {
    name: 'AL-L3 the wrong task is woken',
    table: `${resolved} interrupt v0\n consume v0 t0 p5 f2 k1 r0 =1\n unpark v0 t1 p5 f2 k1 r0`,
    seq: 15,
  },
  {
    name: 'AL-L3 a task parks for a token that is consumed',
    table: `${consumedFirst} park v0 t0 p5 f2 k1 =1\n inuse v0 t0 f2 =0 by_guest`,
    config: {handlerInterrupts: true},
    seq: 13,
  },
  {name: 'AL-L1 a page comes and its token is not resolved', table: `${parked} @50 completion p5 r0`, seq: 10},
  {
    name: 'AL-L1 a page that came and went again, and its token was not resolved',
    table: `${parked} @50 completion p5 r0\n @60 eviction p5`,
    seq: 11,
  },
  {
    name: 'AL-L1 a token is not resolved within the longest I/O',
    table: `${parked} @61 completion p6 r0`,
    config: {ioMaxNs: 50},
    seq: 10,
  },
  {name: 'AL-L1 a token is resolved after the longest I/O', table: resolved, config: {ioMaxNs: 39}, seq: 11},
  {
    name: 'AL-L2 READY is not taken at once',
    table: `${resolved} @54 dispatch v0 t1\n @56 interrupt v0 t1`,
    config: {readyMaxNs: 5},
    seq: 14,
  },
  {
    name: 'AL-L2 READY is not taken by the end, though a mask let it in long before',
    table: `${resolved} mask v0 =0\n @70 mask v0 =1\n @90 dispatch v0 t1`,
    config: {readyMaxNs: 19},
    seq: 15,
  },
  {
    name: 'AL-L2 the READY handler returns from a ring with an entry in it',
    table: `${resolved} interrupt v0\n iret v0 page_ready`,
    seq: 14,
  },
  {
    name: 'AL-L4 inuse is never cleared',
    table: `${delivered} copy v0 t0 p5 f2 k1\n park v0 t0 p5 f2 k1 =1\n iret v0 t0 f2 page_not_present`,
    seq: 8,
  },
  {name: 'AL-L5 a sleep goes on though its page is there', table: `${asleep} completion p5 r0`, seq: 7},
  {
    name: 'AL-L5 a sleep ends before its page is there',
    table: `${asleep} completion p6 r0\n wakeup v0 t0 p5 f3`,
    seq: 8,
  },
  {
    name: 'AL-L5 a sleep is longer than the longest I/O',
    table: `${asleep} @111 completion p6 r0`,
    config: {ioMaxNs: 100},
    seq: 7,
  },
  {
    name: 'AL-L6 a retry faults without an eviction',
    table: finished.replace('retire    v0 t0 p5 f2', 'fault v0 t0 p5'),
    seq: 19,
  },
  {
    name: 'AL-L6 an access that was to be tried again is given up',
    table: finished.replace('retry     v0 t0 p5 f2', 'abandon v0 t0 p5 f2 r1').replace(/retire .*/, ''),
    seq: 18,
  },
  {
    name: 'AL-S8 an interrupt of a device is served with IF clear',
    table: 'mask v0 =0\n device v0 =1\n serve v0 =0',
    seq: 2,
  },
  {
    name: 'AL-S8 an interrupt of a device is served in the page-not-present handler',
    table: `${delivered} device v0 t0 =1
      serve    v0 t0 =0`,
    seq: 7,
  },
  {
    name: 'AL-S8 an interrupt of a device is served in HLT',
    table: 'halt v0 =0 hlt\n device v0 =1\n serve v0 =0',
    seq: 2,
  },
  {name: 'AL-R26 an interrupt of a device is lost', table: 'device v0 =1\n device v0 =1', seq: 1},
  {name: 'AL-R26 an interrupt of a device is served that never came', table: 'dispatch v0 t0\n serve v0 t0 =0', seq: 1},
  {name: 'AL-R26 serving one loses another', table: 'device v0 =1\n device v0 =2\n serve v0 =0', seq: 2},
  {
    name: 'AL-R26 a wait begins with an interrupt of a device pending',
    table: 'device v0 =1\n halt v0 =0 hypercall',
    seq: 1,
  },
  {
    name: 'AL-R26 an interrupt of a device ends a suspension by hypercall',
    table: 'halt v0 =0 hypercall\n device v0 =1\n resume v0 interrupt',
    seq: 2,
  },
  {name: 'AL-R26 HLT ends for no interrupt', table: 'halt v0 =0 hlt\n resume v0 interrupt', seq: 1},
];
