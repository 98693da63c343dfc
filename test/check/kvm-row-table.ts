import type {ProtocolRules} from '../../src/check/checker.js';
import type {CheckerConfig} from '../../src/check/config.js';
import type {CheckReport} from '../../src/check/report.js';
import {rowsOf, smallConfig} from './row-table.js';

/** What the rules of a protocol say of a table; tokens are hexadecimal, as k0x1000. */
export function judge(
  rules: ProtocolRules,
  table: string,
  config: Partial<CheckerConfig> = {},
  complete = true,
): CheckReport {
  const checker = rules.createChecker({...smallConfig, ...config});
  for (const row of rowsOf(table)) checker.row(row);
  return checker.finish({complete});
}

/** A story that breaks a rule: the invariants that tell, in order of their first violation, and the row of the first. */
export interface BrokenStory {
  readonly name: string;
  readonly table: string;
  readonly config?: Partial<CheckerConfig>;
  readonly tells: readonly string[];
  readonly seq: number;
}

/** apf-int, rows 0 to 9: the guest enables, and the wake-all has come and gone (E28). */
export const intBooted = `
  @0  enable     v0 =1
      lapic      v0 =1
      resolution v0 k0xffffffff
      slot       v0 k0xffffffff by_host
      raise      v0
      interrupt  v0
      consume    v0 k0xffffffff =0
      slot       v0 k0 by_guest
      ack        v0
      iret       v0 page_ready
`;

/** apf-pf, rows 0 to 9, of which the last two are a mask that changes nothing: so that both go on with row 10. */
export const pfBooted = `
  @0  enable     v0 =1
      raise      v0
      interrupt  v0
      resolution v0 k0xffffffff
      flags      v0 =2 by_host
      consume    v0 k0xffffffff =0
      flags      v0 =0 by_guest
      iret       v0 page_ready
      mask       v0 =1
      mask       v0 =1
`;

/** Task 0 touches page 5 (its fault is row 12) and the host attempts: rows 10 to 13. */
export const asked = `
  @5  dispatch v0 t0
  @10 access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f12
`;

/** ... page-not-present is injected with token 0x1000: rows 14 and 15. */
export const delivered = `${asked}
      flags    v0 t0    f12 =1 by_host
      delivery v0 t0 p5 f12 k0x1000
`;

/** ... and its handler has run to the end, with the task parked: rows 16 to 19. */
export const parked = `${delivered}
      copy     v0 t0 p5 f12 k0x1000
      flags    v0 t0    f12 =0 by_guest
      park     v0 t0 p5 f12 k0x1000 =1
      iret     v0 t0    f12 page_not_present
`;

/** ... and task 1 has touched page 6 (its fault is row 22) and parked under 0x2000: rows 20 to 29. */
export const bothParked = `${parked}
  @15 dispatch v0 t1
  @20 access   v0 t1 p6
      fault    v0 t1 p6
      attempt  v0 t1 p6 f22
      flags    v0 t1    f22 =1 by_host
      delivery v0 t1 p6 f22 k0x2000
      copy     v0 t1 p6 f22 k0x2000
      flags    v0 t1    f22 =0 by_guest
      park     v0 t1 p6 f22 k0x2000 =1
      iret     v0 t1    f22 page_not_present
`;

/** apf-int: the I/O of page 5 has ended, and its READY pends: four rows. */
export const intReady = `
  @50 completion      p5     r0
      resolution v0 t0 p5 f12 k0x1000 r0
      slot       v0 t0    f12 k0x1000 by_host
      raise      v0       f12
`;

/** apf-int: READY is handled and task 0 woken: six rows. */
export const intHandled = `
      interrupt v0
      consume   v0 t0 p5 f12 k0x1000 =1
      unpark    v0 t0 p5 f12 k0x1000
      slot      v0 k0 by_guest
      ack       v0
      iret      v0 page_ready
`;

/** apf-pf: the I/O of page 5 has ended, and READY is asked for: two rows. */
export const pfReady = `
  @50 completion       p5     r0
      raise      v0       f12
`;

/** apf-pf: READY is injected: three rows. */
export const pfInjected = `
      interrupt  v0
      resolution v0 t0 p5 f12 k0x1000 r0
      flags      v0 t0    f12 =2 by_host
`;

/** apf-pf: ... and handled, and task 0 woken: four rows. */
export const pfHandled = `
      consume v0 t0 p5 f12 k0x1000 =1
      flags   v0 t0    f12 =0 by_guest
      unpark  v0 t0 p5 f12 k0x1000
      iret    v0 page_ready
`;

/** Task 0 goes on: three rows. */
export const wentOn = `
      dispatch v0 t0
      retry    v0 t0 p5 f12
      retire   v0 t0 p5 f12
`;

/** Task 1 meets the page of task 0 (its fault is row 22) and the vCPU is artificially halted: rows 20 to 25. */
export const repeated = `${parked}
  @15 dispatch v0 t1
  @20 access   v0 t1 p5
      fault    v0 t1 p5
      attempt  v0 t1 p5 f22
      deferral v0 t1 p5 f22 repeated_fault
      sleep    v0 t1 p5 f22 artificial_halt
`;

/** Task 0 touches page 5 with IF clear (its fault is row 13) and is suspended: rows 10 to 16. */
export const suspended = `
  @5  dispatch v0 t0
      mask     v0 t0 =0
  @10 access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f13
      deferral v0 t0 p5 f13 interrupts_off
      sleep    v0 t0 p5 f13 suspended
`;
