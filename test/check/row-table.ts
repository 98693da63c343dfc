import type {CheckerConfig} from '../../src/check/config.js';
import {PnpChecker} from '../../src/check/pnp/checker.js';
import type {CheckReport} from '../../src/check/report.js';
import {optionDefaults} from '../../src/protocol/engine-config.js';
import {Kind, type KindName, kindTable} from '../../src/protocol/kinds.js';
import {Reason, type ReasonName} from '../../src/protocol/reasons.js';
import {newRow, Row} from '../../src/protocol/row.js';

/** One vCPU, two tasks, two tokens, no page present: what a table does not say otherwise. */
export const smallConfig: CheckerConfig = {
  vcpus: 1,
  tasks: 2,
  tokens: 2,
  presentPages: 0,
  recovery: false,
  taskModes: null,
  ioStart: 'fault',
  ioMaxNs: null,
  readyMaxNs: null,
  ...optionDefaults,
};

/**
 * Rows from a table, a line a row, numbered from 0: `[@time] kind [v0] [t0] [p5] [f2] [k1] [r0] [=1] [reason]`, which are
 * vcpu, task, page, fault, token, result and value. Time is that of the line before unless given; a `fault` row names itself.
 */
export function rowsOf(table: string): Float64Array[] {
  const lines = table.split('\n').map((line) => line.replace(/#.*/, '').trim());
  let time = 0;
  return lines
    .filter((line) => line !== '')
    .map((line, seq) => {
      const words = line.split(/\s+/);
      if (words[0].startsWith('@')) time = Number((words.shift() as string).slice(1));
      return rowOf(words, seq, time);
    });
}

const fieldOfLetter: Record<string, number> = {
  v: Row.vcpu,
  t: Row.task,
  f: Row.fault,
  k: Row.token,
  r: Row.result,
  '=': Row.value,
};

function rowOf(words: string[], seq: number, time: number): Float64Array {
  const row = newRow();
  const kind = Kind[words[0] as KindName];
  if (kind === undefined) throw new Error(`no kind is called ${words[0]}`);
  row[Row.seq] = seq;
  row[Row.time] = time;
  row[Row.kind] = kind;
  for (const word of words.slice(1)) {
    const number = Number(word.slice(1));
    if (word in Reason) row[Row.reason] = Reason[word as ReasonName];
    else if (word[0] === 'p') setPage(row, number);
    else row[fieldOfLetter[word[0]]] = number;
  }
  const byHost = row[Row.reason] === Reason.by_host;
  row[Row.choice] = kindTable[kind].role === 'event' || byHost ? 0 : 1; // the host's own write of a word is an event
  if (kind === Kind.fault) row[Row.fault] = seq;
  return row;
}

function setPage(row: Float64Array, page: number): void {
  row[Row.gpaLo] = (page * 4096) >>> 0;
  row[Row.gpaHi] = 0;
  row[Row.gvaLo] = row[Row.gpaLo];
  row[Row.gvaHi] = 0;
}

/** What the checker says of a table. */
export function check(table: string, config: Partial<CheckerConfig> = {}, complete = true): CheckReport {
  const checker = new PnpChecker({...smallConfig, ...config});
  for (const row of rowsOf(table)) checker.row(row);
  return checker.finish({complete});
}

/** Task 0 touches page 5 (its fault is row 2) and is delivered token 1: rows 0 to 5. */
export const delivered = `
  @0  dispatch v0 t0
  @10 access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f2
      inuse    v0 t0    f2 =1 by_host
      delivery v0 t0 p5 f2 k1
`;

/** ... and its handler has run to the end, with the task parked: rows 6 to 9. */
export const parked = `${delivered}
      copy     v0 t0 p5 f2 k1
      park     v0 t0 p5 f2 k1 =1
      inuse    v0 t0    f2 =0 by_guest
      iret     v0 t0    f2 page_not_present
`;

/** ... and the page has come, and READY is pending: rows 10 to 12. */
export const resolved = `${parked}
  @50 completion      p5    r0
      resolution v0 t0 p5 f2 k1 r0 =1
      raise      v0       f2
`;

/** ... and the task goes on: rows 13 to 19. */
export const finished = `${resolved}
      interrupt v0
      consume   v0 t0 p5 f2 k1 r0 =1
      unpark    v0 t0 p5 f2 k1 r0
      iret      v0 page_ready
      dispatch  v0 t0
      retry     v0 t0 p5 f2
      retire    v0 t0 p5 f2
`;

/** Task 0 touches page 5 (its fault is row 3) with IF clear and its vCPU sleeps: rows 0 to 6. */
export const asleep = `
  @0  dispatch v0 t0
      mask     v0 t0 =0
  @10 access   v0 t0 p5
      fault    v0 t0 p5
      attempt  v0 t0 p5 f3
      deferral v0 t0 p5 f3 interrupts_off
      sleep    v0 t0 p5 f3
`;
