import type {CheckerConfig} from '../../src/check/config.js';

/** A table of rows that breaks one invariant. */
export interface VeTable {
  /** The invariant, and what breaks it. */
  name: string;
  table: string;
  config?: Partial<CheckerConfig>;
  /** Seq of the row at which it shows. */
  seq: number;
  /** What else follows from it. */
  also?: string[];
}

/** Task 0 touches page 5 (its fault is row 2) and #VE is delivered: rows 0 to 5. */
const delivered = `
  @0  dispatch v0 t0
  @10 access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f2
      busy     v0 t0    f2 =1 by_host
      delivery v0 t0 p5 f2
`;
/** ... and the host is told: rows 6 and 7. */
const told = `${delivered}
      copy      v0 t0 p5 f2 k0
      hypercall v0 t0 p5 f2 k0 can_continue
`;
/** ... and the task waits in its handler: rows 8 to 10. */
const parked = `${told}
      busy     v0 t0    f2 =0 by_guest
      park     v0 t0 p5 f2 k0 =1
      iret     v0 t0    f2 page_not_present
`;
/** ... and the page has come, and its completion pends: rows 11 to 13. */
const resolved = `${parked}
  @50 completion      p5    r0
      resolution v0 t0 p5 f2 k0 r0
      raise      v0       f2
`;
/** ... and the task goes on: rows 14 to 20. */
export const finished = `${resolved}
      interrupt v0
      consume   v0 t0 p5 f2 k0 r0 =1
      unpark    v0 t0 p5 f2 k0 r0
      iret      v0 page_ready
      dispatch  v0 t0
      retry     v0 t0 p5 f2
      retire    v0 t0 p5 f2
`;
/** An NMI faults on page 6 (its fault is row 8) while busy is set: the vCPU is suspended. Rows 6 to 11. */
export const suspended = `${delivered}
      nmi      v0 t0
      access   v0 p6
      fault    v0 p6
      attempt  v0 p6 f8
      deferral v0 p6 f8 busy
      sleep    v0 p6 f8 suspended
`;
/** A task in the kernel faults on page 5 (its fault is row 2), and its vCPU is suspended in the handler: rows 6 to 8. */
const suspendMe = `${delivered}
      copy      v0 t0 p5 f2 k0
      hypercall v0 t0 p5 f2 k0 suspend_me
      sleep     v0 t0 p5 f2 suspend_me
`;
/** ... and goes on once the page is there: rows 9 to 15. */
export const resumed = `${suspendMe}
  @50 completion      p5    r0
      resolution v0 t0 p5 f2 k0 r0
      wakeup     v0 t0 p5 f2
      busy       v0 t0    f2 =0 by_guest
      iret       v0 t0    f2 page_not_present
      retry      v0 t0 p5 f2
      retire     v0 t0 p5 f2
`;
export const kernel = {taskModes: Uint8Array.of(1, 1)};

/** Task 0 waits for page 5, and task 1 for page 6 (its fault is row 13) under entry 1: rows 11 to 21. */
const twoParked = `${parked}
      dispatch  v0 t1
      access    v0 t1 p6
      fault     v0 t1 p6
      attempt   v0 t1 p6 f13
      busy      v0 t1    f13 =1 by_host
      delivery  v0 t1 p6 f13
      copy      v0 t1 p6 f13 k1
      hypercall v0 t1 p6 f13 k1 can_continue
      busy      v0 t1    f13 =0 by_guest
      park      v0 t1 p6 f13 k1 =1
      iret      v0 t1    f13 page_not_present
`;

/** Page 6 is known failed when the NMI touches it (its fault is row 9), and the guest is killed: rows 7 to 13. */
const knownFailed = `completion p6 r1\n ${suspended.replaceAll('f2', 'f3').replaceAll('f8', 'f9')}`;
export const killed = knownFailed.replace(/sleep.*/, 'log v0 p6 f9 known_failed\n kill v0 p6 f9 known_failed');

export const brokenTables: VeTable[] = [
  {name: 'VE-R1 a fault on a page that is there', table: delivered, config: {presentPages: 6}, seq: 2},
  {
    name: 'VE-R1 an access goes through without its page',
    table: 'dispatch v0 t0\n access v0 t0 p5\n retire v0 t0 p5',
    seq: 2,
  },
  {name: 'VE-S1 a delivery that does not write the busy word', table: delivered.replace(/.*busy.*\n/, ''), seq: 4},
  {name: 'VE-S1 #VE without entries', table: delivered, config: {tokens: 0}, seq: 5},
  {name: 'VE-S1 #VE in a nested guest', table: delivered, config: {taskModes: Uint8Array.of(2, 0, 0)}, seq: 5},
  {
    name: 'VE-S2 #VE with the busy word set',
    table: `${delivered}
      nmi      v0 t0
      access   v0 p6
      fault    v0 p6
      attempt  v0 p6 f8
      busy     v0    f8 =1 by_host
      delivery v0 p6 f8`,
    seq: 10,
  },
  {
    name: 'VE-S3 busy is cleared before the hypercall',
    table: `${delivered} copy v0 t0 p5 f2 k0\n busy v0 t0 f2 =0 by_guest`,
    seq: 7,
  },
  {name: 'VE-S3 busy is cleared twice', table: `${told} busy v0 t0 f2 =0 by_guest\n busy v0 t0 f2 =0 by_guest`, seq: 9},
  {name: 'VE-S3 the guest sets busy', table: 'dispatch v0 t0\n busy v0 t0 =1 by_guest', seq: 1, also: ['VE-L2']},
  {
    name: 'VE-S4 a second hypercall about an entry',
    table: `${told} hypercall v0 t0 p5 f2 k0 can_continue`,
    seq: 8,
  },
  {name: 'VE-S4 a hypercall about another entry', table: told.replace('k0 can_continue', 'k1 can_continue'), seq: 7},
  {
    name: 'VE-S4 an entry is resolved twice',
    table: `${resolved} completion p5 r0\n resolution v0 t0 p5 f2 k0 r0`,
    seq: 15,
  },
  {name: 'VE-S4 an entry that lives kills', table: `${told} kill v0 t0 p5 f2 k0 bad_state`, seq: 8},
  {name: 'VE-S5 not the first free entry', table: `${delivered} copy v0 t0 p5 f2 k1`, seq: 6},
  {
    name: 'VE-S5 an entry that is active',
    table: twoParked.replace('copy      v0 t1 p6 f13 k1', 'copy v0 t1 p6 f13 k0').split('hypercall v0 t1')[0],
    seq: 17,
  },
  {name: 'VE-S5 not what was delivered', table: `${delivered} copy v0 t0 p4 f2 k0`, seq: 6},
  {
    name: 'VE-S5 no entry, though one is free',
    table: `${delivered} copy v0 t0 p5 f2\n nmi v0 t0`,
    seq: 6,
  },
  {
    name: 'VE-S5 no entry, and no kill',
    table: `${resumed.split('iret')[0]}
      nmi      v0 t0
      access   v0 p6
      fault    v0 p6
      attempt  v0 p6 f15
      busy     v0 f15 =1 by_host
      delivery v0 p6 f15
      copy     v0 p6 f15
      completion p7 r0`,
    config: {...kernel, tokens: 1},
    seq: 19,
  },
  {name: 'VE-S6 the last entry continues', table: told, config: {tokens: 1}, seq: 7},
  {name: 'VE-S6 the kernel continues', table: told, config: kernel, seq: 7},
  {name: 'VE-S6 a user task does not', table: suspendMe, seq: 7},
  {
    name: 'VE-S7 SUSPEND_ME and no suspension',
    table: `${suspendMe.split('sleep')[0]} nmi v0 t0`,
    config: kernel,
    seq: 7,
  },
  {name: 'VE-S7 a suspension of a task that continues', table: `${told} sleep v0 t0 p5 f2 suspend_me`, seq: 8},
  {name: 'VE-S7 the handler goes on while suspended', table: `${suspendMe} nmi v0 t0`, config: kernel, seq: 9},
  {
    name: 'VE-S8 the completion is taken with IF clear',
    table: `${resolved} dispatch v0 t1\n mask v0 t1 =0\n interrupt v0 t1`,
    seq: 16,
  },
  {
    name: 'VE-S8 host_current is overwritten',
    table: `${twoParked}
      completion      p5     r0
      resolution v0 t0 p5 f2  k0 r0
      raise      v0       f2
      completion      p6     r0
      resolution v0 t1 p6 f13 k1 r0
      raise      v0       f13 coalesced
      interrupt  v0
      consume    v0 t1 p6 f13 k1 r0 =1
      unpark     v0 t1 p6 f13 k1 r0
      iret       v0 page_ready
      nmi        v0`,
    seq: 27,
    also: ['VE-L1'],
  },
  {name: 'VE-S8 a raise for nothing', table: `${parked} completion p6 r0\n raise v0 f2`, seq: 12},
  {name: 'VE-S8 a completion is not injected', table: `${resolved.split('raise')[0]} nmi v0\n iret v0 nmi`, seq: 12},
  {
    name: 'VE-S8 the guest reads what is not in host_current',
    table: `${resolved} interrupt v0\n consume v0 k1 =0`,
    seq: 15,
  },
  {
    name: 'VE-S9 a deferral for nothing',
    table: `${delivered.split('busy')[0]} deferral v0 t0 p5 f2 busy\n sleep v0 t0 p5 f2 suspended`,
    seq: 4,
  },
  {name: 'VE-S9 an attempt without an answer', table: `${delivered.split('busy')[0]} completion p6 r0`, seq: 3},
  {
    name: 'VE-S9 a suspension for a page known failed',
    table: knownFailed,
    seq: 12,
    also: ['VE-L3'],
  },
  {
    name: 'VE-S9 recovery that is not implemented',
    table: `completion p6 r1\n ${suspended
      .replaceAll('f2', 'f3')
      .replaceAll('f8', 'f9')
      .replace(/sleep.*/, 'recovery v0 p6 f9')}`,
    seq: 12,
  },
  {
    name: 'VE-S10 RESOLVED of a page that failed',
    table: `${parked} completion p5 r1\n resolution v0 t0 p5 f2 k0 r0\n raise v0 f2`,
    seq: 12,
  },
  {
    name: 'VE-S10 FAIL is told as RESOLVED',
    table: `${parked} completion p5 r1\n resolution v0 t0 p5 f2 k0 r1\n raise v0 f2\n interrupt v0\n consume v0 t0 p5 f2 k0 r0 =1`,
    seq: 15,
  },
  {
    name: 'VE-S11 a row after the end',
    table: `${killed} nmi v0 t0`,
    seq: 14,
  },
  {name: 'VE-S12 a task that waits runs', table: `${parked} dispatch v0 t0`, seq: 11},
  {
    name: 'VE-L1 the wait of an entry that is resolved',
    table: `${told} completion p5 r0\n resolution v0 t0 p5 f2 k0 r0\n raise v0 f2\n busy v0 t0 f2 =0 by_guest\n park v0 t0 p5 f2 k0 =1`,
    seq: 12,
  },
  {
    name: 'VE-L1 a handler that does not wait',
    table: `${told} busy v0 t0 f2 =0 by_guest\n iret v0 t0 f2 page_not_present`,
    seq: 9,
  },
  {
    name: 'VE-L1 a completion that wakes nobody',
    table: `${resolved} interrupt v0\n consume v0 k0 =0\n iret v0 page_ready`,
    seq: 15,
    also: ['VE-L1'],
  },
  {
    name: 'VE-L1 a page that was there, and no resolution',
    table: `${delivered} completion p5 r0\n copy v0 t0 p5 f2 k0\n hypercall v0 t0 p5 f2 k0 can_continue\n nmi v0 t0`,
    seq: 8,
  },
  {
    name: 'VE-L2 busy stays set',
    table: parked.replace(/.*=0 by_guest.*\n/, ''),
    seq: 9,
  },
  {name: 'VE-L3 a suspended vCPU wakes too early', table: `${suspended} completion p7 r0\n wakeup v0 p6 f8`, seq: 13},
  {name: 'VE-L3 a suspended vCPU does not wake', table: `${suspended} completion p6 r0\n completion p7 r0`, seq: 12},
  {name: 'VE-L4 a retry that faults', table: finished.replace(/retire.*/, 'fault v0 t0 p5'), seq: 20},
  {
    name: 'VE-L4 given up, though it is there',
    table: finished.replace(/retry.*\n.*retire.*/, 'abandon v0 t0 p5 f2 r1'),
    seq: 19,
  },
];
