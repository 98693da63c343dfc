/** Which columns, beyond seq, time_ns, kind and choice, a kind of row may carry. */
export type ColumnOfKind =
  | 'vcpu'
  | 'task'
  | 'fault'
  | 'cause'
  | 'token'
  | 'gpa'
  | 'gva'
  | 'reason'
  | 'result'
  | 'value';

/** A choice comes from the world; a step is the guest's next atomic step, a choice too; an event comes from the engine. */
export type RoleOfKind = 'choice' | 'step' | 'event';

export interface KindEntry {
  readonly name: string;
  readonly role: RoleOfKind;
  readonly columns: readonly ColumnOfKind[];
  /** One sentence: what the row says, with the meaning of `value` and `result` where it has them. */
  readonly meaning: string;
}

const page = ['gpa', 'gva'] as const;
const ofFault = ['vcpu', 'task', 'fault', 'cause', ...page] as const;

/**
 * Every kind of row, in the order of the trace's dictionary: add at the end only. A row's `choice` column is true for
 * roles `choice` and `step`, false for `event`. Words that host and guest share (`inuse`, `flags`, `slot`, `busy`) have a
 * step of the guest and an event of the host under one name.
 */
export const kindTable = [
  {
    name: 'access',
    role: 'choice',
    columns: ['vcpu', 'task', 'cause', ...page, 'value'],
    meaning:
      'A task, or an NMI handler (task null), touches a page that is not there; with --accesses all, any page. value 1: it is an instruction fetch, of which a guest is not told gva (Q10).',
  },
  {
    name: 'completion',
    role: 'choice',
    columns: ['gpa', 'result'],
    meaning: 'The I/O for a page ends: result 0 the page is there, 1 it failed.',
  },
  {name: 'eviction', role: 'choice', columns: ['gpa'], meaning: 'The host takes a page out of memory.'},
  {
    name: 'mask',
    role: 'choice',
    columns: ['vcpu', 'task', 'value'],
    meaning:
      'What blocks interrupts on the vCPU changes; value is a sum: 1 IF is set, 2 STI shadow, 4 MOV SS shadow, 8 the TPR masks the class.',
  },
  {name: 'nmi', role: 'choice', columns: ['vcpu', 'task'], meaning: 'An NMI arrives and its handler begins.'},
  {
    name: 'dispatch',
    role: 'choice',
    columns: ['vcpu', 'task', 'cause'],
    meaning: 'The guest scheduler puts a task on the vCPU; a task that ran there is preempted.',
  },
  {name: 'exit', role: 'choice', columns: ['vcpu', 'task'], meaning: 'The task has ended.'},
  {
    name: 'attempt',
    role: 'choice',
    columns: [...ofFault],
    meaning: 'The host has left the guest for the fault, and attempts to deliver page-not-present (R1).',
  },
  {
    name: 'copy',
    role: 'step',
    columns: [...ofFault, 'token'],
    meaning: 'The handler copies page_not_present_data: token and addresses as the guest read them.',
  },
  {
    name: 'park',
    role: 'step',
    columns: [...ofFault, 'token', 'reason', 'value'],
    meaning:
      'The handler registers the task as sleeper of the token (value 1), or finds that its resolution came first (value 0, reason early).',
  },
  {
    name: 'inuse',
    role: 'step',
    columns: ['vcpu', 'task', 'fault', 'cause', 'reason', 'value'],
    meaning: 'inuse is written: value 0 or 1, reason who wrote it.',
  },
  {
    name: 'iret',
    role: 'step',
    columns: ['vcpu', 'task', 'fault', 'cause', 'reason'],
    meaning: 'A handler returns: reason page_not_present, page_ready or nmi.',
  },
  {
    name: 'interrupt',
    role: 'step',
    columns: ['vcpu', 'task', 'cause'],
    meaning: 'The vCPU takes READY, a normal interrupt; the EOI is its first act.',
  },
  {
    name: 'consume',
    role: 'step',
    columns: [...ofFault, 'token', 'result', 'value'],
    meaning: 'The READY handler reads a ring entry; value 1: a sleeper is registered for the token, 0: none yet.',
  },
  {
    name: 'unpark',
    role: 'step',
    columns: [...ofFault, 'token', 'result'],
    meaning: 'The READY handler makes the sleeper of the token runnable.',
  },
  {
    name: 'halt',
    role: 'step',
    columns: ['vcpu', 'reason', 'value'],
    meaning:
      'The vCPU has nothing to run and waits, reason hlt or hypercall; value is how many tasks are parked on it.',
  },
  {
    name: 'resume',
    role: 'step',
    columns: ['vcpu', 'cause', 'reason'],
    meaning:
      'The vCPU stops waiting: reason interrupt (READY or a device interrupt is pending) or task (another vCPU made one runnable).',
  },
  {
    name: 'retry',
    role: 'step',
    columns: [...ofFault],
    meaning: 'The access is tried again, after a sleep or a resolution with result 0.',
  },
  {
    name: 'abandon',
    role: 'step',
    columns: [...ofFault, 'result'],
    meaning:
      'The access is given up, its page has failed: the task goes on with its next access, as after SIGBUS or a fix-up (Q16).',
  },
  {
    name: 'fault',
    role: 'event',
    columns: [...ofFault],
    meaning: 'An access found its page absent, in flight or failed.',
  },
  {
    name: 'delivery',
    role: 'event',
    columns: [...ofFault, 'token', 'reason'],
    meaning:
      'Page-not-present is delivered with a token (R9); reason repeated_fault: one that is outstanding for the page already (Q15).',
  },
  {
    name: 'deferral',
    role: 'event',
    columns: [...ofFault, 'reason'],
    meaning: 'Page-not-present is not delivered; reason is the first gate that was shut.',
  },
  {
    name: 'sleep',
    role: 'event',
    columns: [...ofFault, 'reason'],
    meaning:
      'The host stops the vCPU until the page is ready (R10); reason says how where a protocol has more than one way.',
  },
  {
    name: 'wakeup',
    role: 'event',
    columns: [...ofFault, 'reason'],
    meaning: 'The host lets a sleeping vCPU run again; reason is null if its page is ready, else what came.',
  },
  {
    name: 'kill',
    role: 'event',
    columns: [...ofFault, 'token', 'reason'],
    meaning: 'The guest is killed: reason known_failed (R11), ring_overflow (R18) or ring_corrupt (Q24).',
  },
  {
    name: 'recovery',
    role: 'event',
    columns: [...ofFault],
    meaning: 'The guest gets a fault of the recovery mechanism for a failed page (R12).',
  },
  {
    name: 'resolution',
    role: 'event',
    columns: [...ofFault, 'token', 'result', 'value'],
    meaning: 'The host writes a ring entry (R17); value is the number of unconsumed entries with it.',
  },
  {
    name: 'raise',
    role: 'event',
    columns: ['vcpu', 'fault', 'cause', 'reason'],
    meaning: 'READY is made pending (R19); reason coalesced: it was pending already.',
  },
  {name: 'retire', role: 'event', columns: [...ofFault], meaning: 'The access goes through.'},
  {name: 'log', role: 'event', columns: [...ofFault, 'reason'], meaning: 'The host logs an error (R11).'},
  {
    name: 'misbehave',
    role: 'event',
    columns: [...ofFault, 'value'],
    meaning:
      "A fault of the scenario's `misbehave` has been injected by the end of this step; value is its place there.",
  },
  {
    name: 'device',
    role: 'choice',
    columns: ['vcpu', 'task', 'value'],
    meaning: 'An interrupt other than READY arrives at the vCPU and pends; value is how many pend with it.',
  },
  {
    name: 'serve',
    role: 'step',
    columns: ['vcpu', 'task', 'value'],
    meaning: 'The vCPU takes an interrupt other than READY, and its handler runs; value is how many pend still.',
  },
  {
    name: 'ack',
    role: 'step',
    columns: ['vcpu', 'task', 'cause', 'token', 'value'],
    meaning:
      'The guest tells the host that it has taken READY; value is how many tokens that frees (pnp with token.freeOn: explicit_ack), else null.',
  },
  {
    name: 'enable',
    role: 'step',
    columns: ['vcpu'],
    meaning: 'The guest enables asynchronous page faults on the vCPU.',
  },
  {
    name: 'lapic',
    role: 'step',
    columns: ['vcpu', 'value'],
    meaning: 'The guest enables (value 1) or disables (0) the local APIC of the vCPU.',
  },
  {
    name: 'flags',
    role: 'step',
    columns: ['vcpu', 'task', 'fault', 'cause', 'reason', 'value'],
    meaning:
      'The word that says page-not-present (apf-int: flags; apf-pf: the reason word) is written: value as written, reason who wrote it.',
  },
  {
    name: 'slot',
    role: 'step',
    columns: ['vcpu', 'task', 'fault', 'cause', 'token', 'reason'],
    meaning: 'The token slot of apf-int is written: token as written (0 frees it), reason who wrote it.',
  },
  {
    name: 'busy',
    role: 'step',
    columns: ['vcpu', 'task', 'fault', 'cause', 'reason', 'value'],
    meaning: 'The busy word of ve is written: value 0 or 1 (all ones), reason who wrote it.',
  },
  {
    name: 'hypercall',
    role: 'step',
    columns: [...ofFault, 'token', 'reason'],
    meaning: "The #VE handler tells the host about an entry of ve_page: token its index, reason the entry's state.",
  },
] as const satisfies readonly KindEntry[];

export type KindName = (typeof kindTable)[number]['name'];

/** Words in shared memory that both parties write: a step where the guest does, an event where the host does. */
export const sharedWords: readonly KindName[] = ['inuse', 'flags', 'slot', 'busy'];

/** The names in the order of the dictionary. */
export const kindNames: readonly KindName[] = kindTable.map((entry) => entry.name);

/** The number of each kind: its place in `kindTable`. */
export const Kind = Object.fromEntries(kindNames.map((name, index) => [name, index])) as Record<KindName, number>;
