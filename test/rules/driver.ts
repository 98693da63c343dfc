import {enabled} from '../../src/engine/enabled.js';
import {A, Access, Pc, Status} from '../../src/engine/layout.js';
import {pnp} from '../../src/engine/protocols/pnp/pnp.js';
import type {PnpHost, PnpPort} from '../../src/engine/protocols/pnp/port.js';
import type {GuestPort, GuestStep, ProtocolPort} from '../../src/engine/protocols/port.js';
import {createState, type EngineState} from '../../src/engine/state.js';
import {step} from '../../src/engine/step.js';
import {type EngineConfig, optionDefaults} from '../../src/protocol/engine-config.js';
import {Kind, type KindName, kindNames} from '../../src/protocol/kinds.js';
import {type ReasonName, reasonNames} from '../../src/protocol/reasons.js';
import {newRow, none, Row} from '../../src/protocol/row.js';

/** A row as a test reads it: words for numbers, a page for an address, null where the row has no such column. */
export interface SeenRow {
  readonly seq: number;
  readonly time: number;
  readonly kind: KindName;
  readonly choice: boolean;
  readonly vcpu: number | null;
  readonly task: number | null;
  readonly fault: number | null;
  readonly cause: number | null;
  readonly token: number | null;
  readonly page: number | null;
  readonly gpa: number | null;
  readonly gva: number | null;
  readonly reason: ReasonName | null;
  readonly result: number | null;
  readonly value: number | null;
}

/** Bits of a mask, by the words of the proposal. */
export const IF = 1;
export const STI = 2;
export const MOVSS = 4;
export const TPR = 8;

/** Small enough to read its rows: page 0 is present, pages 1 to 3 are absent. */
export const smallConfig: EngineConfig = {
  vcpus: 1,
  tasks: 2,
  tokens: 2,
  pages: 4,
  presentPages: 1,
  taskModes: null,
  recovery: false,
  ioStart: 'fault',
  wait: 'hlt',
  ...optionDefaults,
  misbehave: [],
};

/** Of an access: `offset` in its page, `gva` if it is not the gpa, `value` 1 for an instruction fetch. */
type Fields = Partial<Record<'vcpu' | 'task' | 'page' | 'offset' | 'gva' | 'result' | 'value', number>>;

/** Choices that `settle` takes before it says that a run never rests. */
const settleMax = 1000;

/** Drives the engine by hand: every choice is checked with `enabled` first, every row is kept. */
export class Run {
  readonly rows: SeenRow[] = [];
  readonly state: EngineState;
  private choices = 0;

  constructor(config: Partial<EngineConfig> = {}, port: ProtocolPort = pnp) {
    this.state = createState({...smallConfig, ...config}, port);
  }

  get kinds(): KindName[] {
    return this.rows.map((row) => row.kind);
  }

  of(kind: KindName): SeenRow[] {
    return this.rows.filter((row) => row.kind === kind);
  }

  can(kind: KindName, fields: Fields = {}): boolean {
    return enabled(this.state, this.choice(kind, fields));
  }

  take(kind: KindName, fields: Fields = {}): void {
    const choice = this.choice(kind, fields);
    if (!enabled(this.state, choice)) {
      throw new Error(`${kind} ${JSON.stringify(fields)} cannot happen after ${this.kinds.join(' ')}`);
    }
    step(this.state, choice, {row: (row) => this.rows.push(seen(row))});
    this.choices++;
  }

  dispatch(vcpu: number, task: number): void {
    this.take('dispatch', {vcpu, task});
  }

  access(vcpu: number, page: number): void {
    this.take('access', {vcpu, page});
  }

  attempt(vcpu: number): void {
    this.take('attempt', {vcpu});
  }

  complete(page: number, result: number): void {
    this.take('completion', {page, result});
  }

  evict(page: number): void {
    this.take('eviction', {page});
  }

  mask(vcpu: number, value: number): void {
    this.take('mask', {vcpu, value});
  }

  nmi(vcpu: number): void {
    this.take('nmi', {vcpu});
  }

  exit(vcpu: number): void {
    this.take('exit', {vcpu});
  }

  interrupt(vcpu: number): void {
    this.take('interrupt', {vcpu});
  }

  halt(vcpu: number): void {
    this.take('halt', {vcpu});
  }

  resume(vcpu: number): void {
    this.take('resume', {vcpu});
  }

  /** Takes the guest's next step, which must be of that kind. */
  step(vcpu: number, kind: KindName): void {
    this.take(kind, {vcpu});
  }

  /** Takes the guest's steps until it waits for the world. */
  steps(vcpu: number): void {
    for (let kind = this.forced(vcpu); kind !== none; kind = this.forced(vcpu)) this.take(kindNames[kind], {vcpu});
  }

  /** The task on the vCPU touches a page that is not there, and the host answers. */
  fault(vcpu: number, page: number): void {
    this.access(vcpu, page);
    this.attempt(vcpu);
  }

  /** A task runs, touches a page that is not there, gets page-not-present and is parked; its vCPU is idle then. */
  park(vcpu: number, task: number, page: number): void {
    this.dispatch(vcpu, task);
    this.fault(vcpu, page);
    this.steps(vcpu);
  }

  /** READY is taken and the ring drained; then the task goes on with its access. */
  ready(vcpu: number, task: number): void {
    this.interrupt(vcpu);
    this.steps(vcpu);
    this.dispatch(vcpu, task);
    this.steps(vcpu);
  }

  /** A task touches a page for the first time and learns that it has failed. */
  fail(vcpu: number, task: number, page: number): void {
    this.park(vcpu, task, page);
    this.complete(page, 1);
    this.ready(vcpu, task);
  }

  /** Lets host and guest do all they can before the next completion, access or change of a mask. */
  settle(): void {
    for (let taken = 0; taken < settleMax; taken++) {
      if (!this.settleOne()) return;
    }
    throw new Error(`never rests: … ${this.kinds.slice(-40).join(' ')}`);
  }

  /** Tasks that are parked. After `settle`, with no I/O in flight, nothing will ever wake them. */
  get parked(): number[] {
    return Array.from({length: this.state.config.tasks}, (_, task) => task).filter(
      (task) => this.state.cells[this.state.actor(task) + A.status] === Status.parked,
    );
  }

  private settleOne(): boolean {
    for (let vcpu = 0; vcpu < this.state.config.vcpus; vcpu++) {
      const kind = this.forced(vcpu);
      if (this.takeIf('interrupt', {vcpu})) return true;
      if (kind !== none && this.takeIf(kindNames[kind], {vcpu})) return true;
      if (this.takeIf('attempt', {vcpu})) return true;
      for (let task = 0; task < this.state.config.tasks; task++) {
        if (this.hasWork(task) && this.takeIf('dispatch', {vcpu, task})) return true;
      }
    }
    return false;
  }

  private takeIf(kind: KindName, fields: Fields): boolean {
    if (!this.can(kind, fields)) return false;
    this.take(kind, fields);
    return true;
  }

  private hasWork(task: number): boolean {
    const a = this.state.actor(task);
    return this.state.cells[a + A.access] !== Access.none || this.state.cells[a + A.pc] !== Pc.none;
  }

  private forced(vcpu: number): number {
    if (this.state.dead) return none;
    return this.state.port.guest.nextStep(this.state, vcpu);
  }

  private choice(kind: KindName, fields: Fields): Float64Array {
    const choice = newRow();
    choice[Row.kind] = Kind[kind];
    choice[Row.time] = this.choices;
    if (fields.vcpu !== undefined) choice[Row.vcpu] = fields.vcpu;
    if (fields.task !== undefined) choice[Row.task] = fields.task;
    if (fields.result !== undefined) choice[Row.result] = fields.result;
    if (fields.value !== undefined) choice[Row.value] = fields.value;
    if (fields.page === undefined) return choice;
    const gpa = fields.page * 4096 + (fields.offset ?? 0);
    const gva = fields.gva ?? gpa;
    choice[Row.gpaLo] = gpa >>> 0;
    choice[Row.gpaHi] = Math.floor(gpa / 2 ** 32);
    choice[Row.gvaLo] = gva >>> 0;
    choice[Row.gvaHi] = Math.floor(gva / 2 ** 32);
    return choice;
  }
}

/** The proposal with some functions of its host replaced: a rule broken on purpose. */
export function withHost(broken: Partial<PnpHost>): PnpPort {
  return {...pnp, host: {...pnp.host, ...broken}};
}

/** The proposal with some functions, or steps, of its guest replaced. */
export function withGuest(broken: Partial<Omit<GuestPort, 'steps'>> & GuestPort['steps']): PnpPort {
  const {nextStep, interruptible, mayHalt, mayResume} = {...pnp.guest, ...broken};
  return {
    ...pnp,
    guest: {nextStep, interruptible, mayHalt, mayResume, steps: {...pnp.guest.steps, ...broken}},
  };
}

/** The steps of the proposal's guest, as they are. */
export const guestSteps = pnp.guest.steps as Readonly<Record<KindName, GuestStep>>;

/** A host that does not care for one gate: what only that gate stops, it delivers. */
export function ignoring(reason: number): ProtocolPort {
  return withHost({
    gate: (state, vcpu) => {
      const shut = pnp.host.gate(state, vcpu);
      return shut === reason ? none : shut;
    },
  });
}

/** Whether the host has learned, before row `seq`, that a page has failed; a failed page stays so (Q17). */
export function knownFailed(rows: readonly SeenRow[], page: number | null, seq: number): boolean {
  return rows.slice(0, seq).some((row) => row.kind === 'completion' && row.page === page && row.result === 1);
}

/** The mask of a vCPU just before row `seq`. */
export function maskAt(rows: readonly SeenRow[], vcpu: number | null, seq: number): number {
  const last = rows.slice(0, seq).findLast((row) => row.kind === 'mask' && row.vcpu === vcpu);
  return last?.value ?? IF;
}

/** Whether the vCPU is in an NMI handler just before row `seq`. */
export function inNmiAt(rows: readonly SeenRow[], vcpu: number | null, seq: number): boolean {
  const last = rows
    .slice(0, seq)
    .findLast((row) => row.vcpu === vcpu && (row.kind === 'nmi' || (row.kind === 'iret' && row.reason === 'nmi')));
  return last?.kind === 'nmi';
}

function seen(row: Float64Array): SeenRow {
  const field = (index: number): number | null => (row[index] === none ? null : row[index]);
  const gpa = address(row, Row.gpaLo, Row.gpaHi);
  const reason = field(Row.reason);
  return {
    seq: row[Row.seq],
    time: row[Row.time],
    kind: kindNames[row[Row.kind]],
    choice: row[Row.choice] === 1,
    vcpu: field(Row.vcpu),
    task: field(Row.task),
    fault: field(Row.fault),
    cause: field(Row.cause),
    token: field(Row.token),
    page: gpa === null ? null : Math.floor(gpa / 4096),
    gpa,
    gva: address(row, Row.gvaLo, Row.gvaHi),
    reason: reason === null ? null : reasonNames[reason],
    result: field(Row.result),
    value: field(Row.value),
  };
}

function address(row: Float64Array, low: number, high: number): number | null {
  return row[high] === none ? null : row[high] * 2 ** 32 + row[low];
}
