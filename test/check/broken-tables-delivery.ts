import type {CheckerConfig} from '../../src/check/config.js';
import {delivered, parked, resolved} from './row-table.js';

/** A table of rows that breaks one invariant. */
export interface BrokenTable {
  /** The invariant, and what breaks it. */
  name: string;
  table: string;
  config?: Partial<CheckerConfig>;
  /** Seq of the row at which it shows. */
  seq: number;
  /** What is found for the same reason, after it. */
  also?: string[];
}

/** Task 1 touches page 6 while task 0 waits for page 5: its fault is row 12. */
const secondFault = `${parked}
  @20 dispatch v0 t1
      access   v0 t1 p6
      fault    v0 t1 p6
      attempt  v0 t1 p6 f12
`;

/** What goes wrong at a delivery, with a token, or in the ring: AL-R1 and AL-S1 to AL-S7. */
export const brokenDeliveries: BrokenTable[] = [
  {name: 'AL-R1 a fault on a page that is there', table: delivered, config: {presentPages: 6}, seq: 2, also: ['AL-L1']},
  {
    name: 'AL-R1 an access goes through without its page',
    table: 'dispatch v0 t0\n access v0 t0 p5\n retire v0 t0 p5',
    seq: 2,
  },
  {
    name: 'AL-S1 delivery with IF clear',
    table: `
      dispatch v0 t0
      mask     v0 t0 =0
      access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f3
      inuse    v0 t0 f3 =1 by_host
      delivery v0 t0 p5 f3 k1`,
    seq: 6,
  },
  {
    name: 'AL-S1 delivery in a MOV SS shadow',
    table: `
      dispatch v0 t0
      mask     v0 t0 =5
      access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f3
      inuse    v0 t0 f3 =1 by_host
      delivery v0 t0 p5 f3 k1`,
    seq: 6,
  },
  {
    name: 'AL-S1 delivery with the TPR shut, where it counts',
    table: `
      dispatch v0 t0
      mask     v0 t0 =9
      access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f3
      inuse    v0 t0 f3 =1 by_host
      delivery v0 t0 p5 f3 k1`,
    config: {checkTpr: true},
    seq: 6,
  },
  {
    name: 'AL-S1 delivery without setting inuse',
    table: `
      dispatch v0 t0
      access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f2
      delivery v0 t0 p5 f2 k1`,
    seq: 4,
  },
  {name: 'AL-S2 the guest clears inuse twice', table: `${parked} inuse v0 t0 f2 =0 by_guest`, seq: 10},
  {
    name: 'AL-S2 the guest sets inuse',
    table: `${parked} inuse v0 t0 f2 =1 by_guest\n inuse v0 t0 f2 =0 by_guest`,
    seq: 10,
  },
  {name: 'AL-S2 the guest copies another token', table: `${delivered} copy v0 t0 p5 f2 k7`, seq: 6},
  {name: 'AL-S2 the guest copies another address', table: `${delivered} copy v0 t0 p6 f2 k1`, seq: 6},
  {
    name: 'AL-S2 the guest clears inuse before it copies',
    table: `${delivered} inuse v0 t0 f2 =0 by_guest\n copy v0 t0 p5 f2 k1`,
    seq: 7,
  },
  {
    name: 'AL-S3 a token is resolved again',
    table: `${resolved}
      resolution v0 t0 p5 f2 k1 r0 =2
      raise      v0 f2 coalesced`,
    seq: 13,
  },
  {
    name: 'AL-S3 a token that was never delivered is resolved',
    table: `${parked}
      completion p6 r0
      resolution v0 t0 p6 f2 k9 r0 =1
      raise      v0 f2`,
    seq: 11,
  },
  {
    name: 'AL-S4 an outstanding token is delivered again',
    table: `${secondFault}
      inuse    v0 t1 f12 =1 by_host
      delivery v0 t1 p6 f12 k1`,
    seq: 15,
  },
  {
    name: 'AL-S5 delivery without a free token',
    table: `${secondFault}
      inuse    v0 t1 f12 =1 by_host
      delivery v0 t1 p6 f12 k2`,
    config: {tokens: 1},
    seq: 15,
  },
  {
    name: 'AL-S5 delivery while the only token is not consumed',
    table: `${resolved}
      mask     v0 =1
      dispatch v0 t1
      access   v0 t1 p6
      fault    v0 t1 p6
      attempt  v0 t1 p6 f16
      inuse    v0 t1 f16 =1 by_host
      delivery v0 t1 p6 f16 k2`,
    config: {tokens: 1},
    seq: 19,
  },
  {
    name: 'AL-S6 killed for an overflow of a ring with room',
    table: `${parked} completion p5 r0\n kill v0 t0 p5 f2 ring_overflow`,
    seq: 11,
  },
  {
    name: 'AL-S6 an entry counts wrongly',
    table: `${parked} completion p5 r0\n resolution v0 t0 p5 f2 k1 r0 =2\n raise v0 f2`,
    seq: 11,
  },
  {
    name: 'AL-S6 an entry is given back changed',
    table: `${resolved} interrupt v0\n consume v0 t0 p5 f2 k1 r1 =1\n unpark v0 t0 p5 f2 k1 r1`,
    seq: 14,
  },
  {
    name: 'AL-S7 an entry without a raise',
    table: `${parked} completion p5 r0\n resolution v0 t0 p5 f2 k1 r0 =1`,
    seq: 11,
    also: ['AL-L2'],
  },
  {name: 'AL-S7 a raise without an entry', table: `${parked} completion p6 r0\n raise v0`, seq: 11},
  {
    name: 'AL-S7 a raise coalesces with none pending',
    table: `${parked} completion p5 r0\n resolution v0 t0 p5 f2 k1 r0 =1\n raise v0 f2 coalesced`,
    seq: 12,
  },
];
