import type {EngineConfig} from './engine-config.js';

/**
 * The knobs of what the proposal leaves open (Q1 to Q35), as data: what a scenario may set, and what is fixed and how.
 * A value that is a bug is a misbehaviour instead (misbehaviours.ts).
 */
export interface OptionEntry {
  readonly name: string;
  /** The open point that it settles, such as Q5, and the rule that it completes; null for what the list does not number. */
  readonly question: string | null;
  readonly rule: string;
  /** Every value, the default first. */
  readonly values: readonly string[];
  /** The field of the engine's configuration. */
  readonly field: keyof EngineConfig;
  /** The protocols that read it. */
  readonly protocols: readonly string[];
  readonly meaning: string;
}

const pnp = ['pnp'] as const;

export const optionTable = [
  {
    name: 'pnp.checkTpr',
    question: 'Q1',
    rule: 'R6',
    values: ['false', 'true'],
    field: 'checkTpr',
    protocols: pnp,
    meaning: 'Whether the TPR can hold page-not-present back.',
  },
  {
    name: 'sleep.until',
    question: 'Q2',
    rule: 'R10',
    values: ['page_ready', 'token_free', 'first_of'],
    field: 'sleepUntil',
    protocols: pnp,
    meaning:
      'What ends the sleep of a vCPU whose page-not-present was not delivered: its page; a resolution, if it sleeps for want of a token or of inuse; or what comes first.',
  },
  {
    name: 'sleep.interruptible',
    question: 'Q3',
    rule: 'R10',
    values: ['false', 'true'],
    field: 'sleepInterruptible',
    protocols: pnp,
    meaning: 'Whether a vCPU that sleeps with IF=1 takes interrupts, and tries its access again after one.',
  },
  {
    name: 'token.freeOn',
    question: 'Q5',
    rule: 'R14',
    values: ['consume', 'resolve', 'explicit_ack'],
    field: 'tokenFreeOn',
    protocols: pnp,
    meaning:
      'When a token is free again: once the guest read its ring entry, once the host wrote it (the ring may then overflow, R18), or once the guest acknowledged READY.',
  },
  {
    name: 'scope',
    question: 'Q6',
    rule: 'R14',
    values: ['vcpu', 'vm'],
    field: 'scope',
    protocols: pnp,
    meaning: 'Whether each vCPU has a ring and N tokens of its own, or the machine has one ring and N tokens.',
  },
  {
    name: 'ring.index',
    question: 'Q7',
    rule: 'R18',
    values: ['free_running', 'modulo'],
    field: 'ringIndex',
    protocols: pnp,
    meaning: 'How head and tail count; modulo N leaves N - 1 entries to use, and so N - 1 tokens.',
  },
  {
    name: 'token.alloc',
    question: 'Q9',
    rule: 'R9',
    values: ['monotone', 'slot_index', 'kvm'],
    field: 'tokenAlloc',
    protocols: pnp,
    meaning: 'Which token the host chooses: the next number, the number of the slot, or id << 12 | vcpu.',
  },
  {
    name: 'gva.unknown',
    question: 'Q10',
    rule: 'R9',
    values: ['all_ones', 'zero', 'flag'],
    field: 'gvaUnknown',
    protocols: pnp,
    meaning:
      'How the guest is told that the virtual address is not known, as with instruction fetches: all ones, zero, or a flag (no gva in `copy`).',
  },
  {
    name: 'ready.irq',
    question: 'Q12',
    rule: 'R19',
    values: ['each', 'edge'],
    field: 'readyIrq',
    protocols: pnp,
    meaning: 'Whether READY is raised for every ring entry, or only when the ring was empty.',
  },
  {
    name: 'ready.target',
    question: 'Q12',
    rule: 'R19',
    values: ['same', 'any'],
    field: 'readyTarget',
    protocols: pnp,
    meaning:
      'Which vCPU gets READY: the one that faulted, or any: the lowest that can take it at once, else the one that faulted. `any` needs scope: vm.',
  },
  {
    name: 'early.cancel',
    question: 'Q13',
    rule: 'R15',
    values: ['false', 'true'],
    field: 'earlyCancel',
    protocols: pnp,
    meaning:
      'Whether the host takes back a page-not-present that it has not delivered when its page is ready: the vCPU tries again, as after a sleep of no time.',
  },
  {
    name: 'early.orphan',
    question: 'Q14',
    rule: 'R15',
    values: ['forbid', 'deliver_later', 'drop'],
    field: 'earlyOrphan',
    protocols: pnp,
    meaning:
      'Whether the host may resolve before it knows that it can deliver, and what becomes of a resolution whose page-not-present turns out undeliverable: it is delivered as soon as it can be, or never.',
  },
  {
    name: 'dedup',
    question: 'Q15',
    rule: 'R9',
    values: ['none', 'halt', 'share_token'],
    field: 'dedup',
    protocols: pnp,
    meaning:
      'A second fault on a page for which a token of the vCPU is outstanding: a token of its own, a sleep as in KVM, or the same token.',
  },
  {
    name: 'sleep.failPolicy',
    question: 'Q18',
    rule: 'R10',
    values: ['reeval', 'kill'],
    field: 'failPolicy',
    protocols: pnp,
    meaning: 'When the page of a sleeping vCPU turns out failed: decide again whether to deliver, or kill.',
  },
  {
    name: 'pnp.cpl0',
    question: 'Q20',
    rule: 'R5',
    values: ['allow', 'user_only'],
    field: 'cpl0',
    protocols: ['pnp', 'apf-pf', 'apf-int'],
    meaning: 'Whether page-not-present may be delivered while the kernel runs (allow is KVM_ASYNC_PF_SEND_ALWAYS).',
  },
  {
    name: 'nested',
    question: 'Q32',
    rule: 'R5',
    values: ['sleep', 'exit_to_l1'],
    field: 'nested',
    protocols: ['pnp', 'apf-pf', 'apf-int'],
    meaning:
      'A fault while a nested guest runs: the vCPU sleeps, or leaves to L1 and page-not-present is delivered there.',
  },
  {
    name: 'handler.interrupts',
    question: null,
    rule: 'R7',
    values: ['off', 'on'],
    field: 'handlerInterrupts',
    protocols: pnp,
    meaning: 'Whether the page-not-present handler sets IF before it copies the data.',
  },
] as const satisfies readonly OptionEntry[];

export type OptionName = (typeof optionTable)[number]['name'];

/** Knobs that are a key of the scenario itself, and that key. */
export const optionKeys: Readonly<Record<string, string>> = {
  tokens: 'tokens',
  'io.start': 'host.io.start',
  'guest.wait': 'guest.wait',
};

/** What the engine reads for a word of an option. */
export function optionValue(word: string): string | boolean {
  if (word === 'true' || word === 'on') return true;
  return word === 'false' || word === 'off' ? false : word;
}

/** An open point that is no knob here, and what it is fixed to. */
export interface FixedPoint {
  readonly question: string;
  readonly knob: string;
  readonly value: string;
}

export const fixedPoints: readonly FixedPoint[] = [
  {
    question: 'Q1',
    knob: 'pnp.vector, pnp.prio',
    value: 'a vector of its own, at the boundary of the faulting instruction; its class is READY’s',
  },
  {
    question: 'Q8',
    knob: 'order',
    value: 'payload before head, and before inuse; the other order is the misbehaviour payload_late',
  },
  {question: 'Q11', knob: 'gpa.align, info.access', value: 'the byte address; no access type'},
  {
    question: 'Q16',
    knob: 'guest.onFailed',
    value: 'the access is given up and the task goes on, as after SIGBUS or a fix-up',
  },
  {question: 'Q17', knob: 'failed.recover', value: 'a failed page stays so'},
  {
    question: 'Q19',
    knob: 'check.resolveBound',
    value: 'the longest I/O of the scenario; with limited channels only that a completion resolves',
  },
  {
    question: 'Q22',
    knob: 'guest.inuseClear',
    value:
      'after the copy and the park, before IRET; never is the misbehaviour inuse_never_cleared, before the copy is inuse_cleared_early, after IRET cannot be built',
  },
  {question: 'Q23', knob: 'shared.pinned', value: 'the shared structures never fault'},
  {question: 'Q24', knob: 'ring.validate', value: 'indices that cannot be kill the guest (ring_corrupt)'},
  {
    question: 'Q25',
    knob: 'reset.policy',
    value: 'no vCPU is reset in a run, so neither wake_all nor its bug, hang, can be told apart',
  },
  {question: 'Q26', knob: 'enable.at', value: 'pnp and ve: at time 0; apf-pf and apf-int: the first step of each vCPU'},
  {question: 'Q27', knob: '', value: 'an NMI handler runs with IF=0: nothing is delivered in it'},
  {question: 'Q28', knob: 'pnp.duringVectoring', value: 'refused: no fault comes while an event is being delivered'},
  {question: 'Q29', knob: '', value: 'accesses by the host are not modelled'},
  {question: 'Q30', knob: 'resolve.order', value: 'in the order of completion, ties by token, then vCPU'},
  {question: 'Q31', knob: '', value: 'a READY that finds the ring empty is legal and does nothing'},
  {question: 'Q34', knob: '', value: 'the checker refuses a result above 1'},
  {question: 'Q35', knob: '', value: 'the whole machine stops, with a kill row that says why'},
];
