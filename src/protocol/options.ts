/**
 * What the proposal leaves open, as data: one entry a knob of the open points Q1 to Q34. A scenario's `options` may
 * name each with its default; another value is refused unless it is built. Points without a knob (Q21's and others'
 * that another key of the scenario is, and Q27, Q29, Q31, Q34, Q35, which leave no choice) carry none here.
 */
export interface OptionEntry {
  readonly name: string;
  /** The open point it settles, such as Q5; null for what the point list does not number. */
  readonly question: string | null;
  /** Every value that has a meaning, the default first. */
  readonly values: readonly string[];
  /** Those that can be chosen. */
  readonly built: readonly string[];
  readonly meaning: string;
}

export const optionTable = [
  {
    name: 'pnp.vector',
    question: 'Q1',
    values: ['synthetic'],
    built: ['synthetic'],
    meaning: 'How page-not-present enters the guest: a vector of its own, at the boundary of the faulting instruction.',
  },
  {
    name: 'pnp.checkTpr',
    question: 'Q1',
    values: ['false', 'true'],
    built: ['false'],
    meaning: 'Whether the TPR can hold page-not-present back (R6).',
  },
  {
    name: 'pnp.prio',
    question: 'Q1',
    values: ['none'],
    built: ['none'],
    meaning: 'The priority class of the vector, which only a TPR check would read.',
  },
  {
    name: 'sleep.until',
    question: 'Q2',
    values: ['page_ready', 'token_free', 'first_of'],
    built: ['page_ready'],
    meaning: 'What ends the sleep of a vCPU whose page-not-present was not delivered.',
  },
  {
    name: 'sleep.interruptible',
    question: 'Q3',
    values: ['false', 'true'],
    built: ['false'],
    meaning: 'Whether a vCPU that sleeps with IF=1 takes interrupts, and tries its access again after one.',
  },
  {
    name: 'token.freeOn',
    question: 'Q5',
    values: ['consume', 'resolve', 'explicit_ack'],
    built: ['consume'],
    meaning: 'When a token is free again: once the guest read its ring entry, or once the host wrote it, or by an act.',
  },
  {
    name: 'scope',
    question: 'Q6',
    values: ['vcpu', 'vm'],
    built: ['vcpu'],
    meaning: 'Whether each vCPU has a ring and tokens of its own, or the machine has one of each.',
  },
  {
    name: 'ring.index',
    question: 'Q7',
    values: ['free_running', 'modulo'],
    built: ['free_running'],
    meaning: 'How head and tail count; modulo leaves N - 1 slots to use.',
  },
  {
    name: 'order',
    question: 'Q8',
    values: ['payload_first', 'payload_late'],
    built: ['payload_first'],
    meaning: 'Whether the host writes an entry before it publishes it.',
  },
  {
    name: 'token.alloc',
    question: 'Q9',
    values: ['monotone', 'slot_index', 'kvm'],
    built: ['monotone'],
    meaning: 'Which token the host chooses; kvm is id << 12 | vcpu.',
  },
  {
    name: 'gva.unknown',
    question: 'Q10',
    values: ['all_ones', 'zero', 'flag'],
    built: ['all_ones'],
    meaning: 'How the host tells the guest that it does not know the virtual address.',
  },
  {
    name: 'gpa.align',
    question: 'Q11',
    values: ['byte', 'page'],
    built: ['byte'],
    meaning: 'Whether the guest is told the byte or the page that it accessed.',
  },
  {
    name: 'info.access',
    question: 'Q11',
    values: ['none', 'type'],
    built: ['none'],
    meaning: 'Whether the guest is told read, write or fetch.',
  },
  {
    name: 'ready.irq',
    question: 'Q12',
    values: ['each', 'edge'],
    built: ['each'],
    meaning: 'Whether READY is raised for every ring entry, or only when the ring was empty.',
  },
  {
    name: 'ready.target',
    question: 'Q12',
    values: ['same', 'any'],
    built: ['same'],
    meaning: 'Which vCPU gets READY: the one that faulted, or any.',
  },
  {
    name: 'early.cancel',
    question: 'Q13',
    values: ['false', 'true'],
    built: ['false'],
    meaning: 'Whether the host takes back a page-not-present that it has not delivered when its page becomes ready.',
  },
  {
    name: 'early.orphan',
    question: 'Q14',
    values: ['forbid', 'deliver_later', 'drop'],
    built: ['forbid'],
    meaning: 'What becomes of an early resolution whose page-not-present turns out undeliverable.',
  },
  {
    name: 'dedup',
    question: 'Q15',
    values: ['none', 'halt', 'share_token'],
    built: ['none'],
    meaning:
      'A second fault on a page that is in flight: a token of its own, a halted vCPU as in KVM, or the same token.',
  },
  {
    name: 'guest.onFailed',
    question: 'Q16',
    values: ['fixup', 'kill_task', 'panic'],
    built: ['fixup'],
    meaning: 'What the guest does about a failed page: the task goes on, the task ends, or the guest does.',
  },
  {
    name: 'failed.recover',
    question: 'Q17',
    values: ['false', 'true'],
    built: ['false'],
    meaning: 'Whether a failed page can become good.',
  },
  {
    name: 'sleep.failPolicy',
    question: 'Q18',
    values: ['reeval', 'kill'],
    built: ['reeval'],
    meaning: 'When the page of a sleeping vCPU turns out failed: decide again whether to deliver, or kill.',
  },
  {
    name: 'check.resolveBound',
    question: 'Q19',
    values: ['none'],
    built: ['none'],
    meaning: 'How long a resolution may take before the checker objects.',
  },
  {
    name: 'pnp.cpl0',
    question: 'Q20',
    values: ['allow', 'user_only'],
    built: ['allow'],
    meaning: 'Whether page-not-present may be delivered while the kernel runs.',
  },
  {
    name: 'guest.inuseClear',
    question: 'Q22',
    values: ['after_copy', 'before_copy', 'after_iret', 'never'],
    built: ['after_copy'],
    meaning: 'When the guest clears inuse.',
  },
  {
    name: 'shared.pinned',
    question: 'Q23',
    values: ['true', 'false'],
    built: ['true'],
    meaning: 'Whether the structures that host and guest share are always in memory.',
  },
  {
    name: 'ring.validate',
    question: 'Q24',
    values: ['kill', 'trust'],
    built: ['kill'],
    meaning: 'What the host does about ring indices that cannot be.',
  },
  {
    name: 'reset.policy',
    question: 'Q25',
    values: ['wake_all', 'hang'],
    built: ['wake_all'],
    meaning: 'What becomes of tasks that wait when the guest is reset or moved.',
  },
  {
    name: 'enable.at',
    question: 'Q26',
    values: ['start', 'later'],
    built: ['start'],
    meaning: 'When the guest enables the protocol.',
  },
  {
    name: 'pnp.duringVectoring',
    question: 'Q28',
    values: ['refuse', 'allow'],
    built: ['refuse'],
    meaning: 'Whether page-not-present may be delivered while another event is being delivered.',
  },
  {
    name: 'resolve.order',
    question: 'Q30',
    values: ['completion', 'token'],
    built: ['completion'],
    meaning: 'In which order the host writes resolutions.',
  },
  {
    name: 'nested',
    question: 'Q32',
    values: ['sleep', 'exit_to_l1'],
    built: ['sleep'],
    meaning: 'What happens to a fault while a nested guest runs.',
  },
  {
    name: 'handler.interrupts',
    question: null,
    values: ['off', 'on'],
    built: ['off', 'on'],
    meaning: 'Whether the page-not-present handler sets IF before it copies the data.',
  },
] as const satisfies readonly OptionEntry[];

/** Knobs that are a key of the scenario itself, and that key. */
export const optionKeys: Readonly<Record<string, string>> = {
  tokens: 'tokens',
  'io.start': 'host.io.start',
  'guest.wait': 'guest.wait',
};
