import {z} from 'zod';
import {fieldOf} from '../base/foreign-json.js';
import {optionTable} from '../protocol/options.js';
import {type ProtocolName, protocolNames} from '../protocol/protocols.js';
import {accessPatterns, bounds} from './limits.js';
import {ScenarioProblem} from './problem.js';
import {toProblem} from './schema-issue.js';
import {duration, filePath, fraction, integer, keys, oneOf, text} from './schema-words.js';
import {skewMax} from './zipf.js';

/* As in schema-words.ts, every `error` is a phrase that goes after "expected"; schema-issue.ts writes the rest. */

const quantileMap = z
  .record(
    z.string().regex(/^p(100|\d{1,2}(\.\d{1,9})?)$/, {error: 'p0 p50 p90 p99 p99.9 p100'}),
    duration('The duration that this share of the draws does not exceed.'),
    {error: 'a map of p0, p50, … p100'},
  )
  .meta({description: 'Quantiles; p0 and p100 are needed, and between two of them the distribution is uniform.'});

const latency = z
  .union(
    [duration('Always this.'), quantileMap, keys({log: filePath('A fio completion latency log.')}, 'From a log.')],
    {
      error: 'a duration, a map of quantiles p0 to p100, or {log: file}',
    },
  )
  .meta({description: 'How long the I/O for a page takes.'});

const compute = z
  .union(
    [
      duration('Always this.'),
      quantileMap,
      keys({exponential: duration('The mean.')}, 'Exponentially distributed: many short, few long.'),
    ],
    {error: 'a duration, a map of quantiles p0 to p100, or {exponential: mean}'},
  )
  .meta({description: 'What a task computes between two accesses.'});

const patternAccesses = keys(
  {
    pattern: oneOf(accessPatterns, 'Which page is next; fresh takes each page once, for the whole guest.').default(
      'fresh',
    ),
    pages: integer(
      1,
      bounds.pagesMax,
      'The pattern uses pages 0 to this less one; default: host.memory.pages.',
    ).optional(),
    skew: z
      .number({error: `a number from 0 to ${skewMax}`})
      .min(0, {error: `a number from 0 to ${skewMax}`})
      .max(skewMax, {error: `a number from 0 to ${skewMax}`})
      .meta({description: 'Of zipf: 0 makes all pages alike.'})
      .default(0.99),
    count: integer(1, Number.MAX_SAFE_INTEGER, 'The task ends after so many accesses; default: never.').optional(),
  },
  'Accesses that a rule makes.',
);

const traceAccesses = keys(
  {
    trace: filePath('A memory trace, plain or gzip; each task has an address space of its own.'),
    format: oneOf(['lackey'], "The trace's format: valgrind --tool=lackey --trace-mem=yes.").default('lackey'),
    instruction: duration('What one instruction takes.', 1).prefault('1ns'),
  },
  'Accesses that a program made.',
);

const taskGroup = keys(
  {
    name: text(100, 'A name for the group.').optional(),
    count: integer(1, bounds.tasksMax, 'How many tasks are alike.').default(1),
    vcpu: z
      .union([z.literal('any'), integer(0, bounds.vcpusMax - 1, 'A vCPU that the tasks never leave.')], {
        error: 'any, or the number of a vCPU',
      })
      .meta({description: 'Where the tasks run.'})
      .default('any'),
    mode: oneOf(
      ['user', 'kernel', 'nested'],
      'What the tasks run as: user mode, the kernel (CPL 0), or a nested guest (Q20, Q32).',
    ).default('user'),
    compute: compute.optional(),
    accesses: z
      .xor([patternAccesses, traceAccesses], {error: 'a map with a pattern or a trace'})
      .meta({description: 'What the tasks access.'})
      .prefault({}),
  },
  'Tasks that are alike.',
);

const memory = keys(
  {
    pages: integer(1, bounds.pagesMax, 'Guest-physical pages.').default(65536),
    resident: integer(1, bounds.pagesMax, 'How many fit into host memory at once; default: all.').optional(),
    initially: oneOf(['absent', 'present'], 'Whether pages are in host memory at the start.').default('absent'),
    replacement: oneOf(['lru', 'clock', 'fifo', 'random'], 'Which page the host evicts.').default('lru'),
  },
  'Guest memory, and how much of it the host keeps.',
);

const host = keys(
  {
    memory: memory.prefault({}),
    io: keys(
      {
        latency: latency.prefault('100us'),
        channels: z
          .union([z.literal('unlimited'), integer(1, bounds.channelsMax, 'That many at once.')], {
            error: `unlimited, or an integer from 1 to ${bounds.channelsMax}`,
          })
          .meta({description: 'How many I/Os run at once.'})
          .default('unlimited'),
        start: oneOf(['fault', 'delivery'], 'When the I/O for a fault begins (Q4).').default('fault'),
      },
      'How absent pages come back.',
    ).prefault({}),
    failures: keys(
      {
        pages: z
          .array(integer(0, bounds.pagesMax - 1, 'A page.'), {error: 'a list of pages'})
          .max(bounds.failedPagesMax, {error: `at most ${bounds.failedPagesMax} pages`})
          .meta({description: 'Pages whose I/O always fails.'})
          .default([]),
        rate: fraction('The probability that any I/O fails.').default(0),
      },
      'Pages that fail; a completion reports it.',
    ).prefault({}),
    recovery: oneOf(
      ['none', 'exception'],
      'What a guest gets for a failed page when page-not-present cannot be delivered: it is killed, or gets an exception (case c).',
    ).default('none'),
  },
  'The host.',
);

const guest = keys(
  {
    tasks: z
      .array(taskGroup, {error: 'a list of groups of tasks'})
      .min(1, {error: 'at least one group of tasks'})
      .max(bounds.taskGroupsMax, {error: `at most ${bounds.taskGroupsMax} groups`})
      .meta({description: 'Groups of tasks.'})
      .prefault([{}]),
    scheduler: keys(
      {
        policy: oneOf(['fifo', 'round-robin'], 'Whether a task runs until it waits, or for a slice.').default('fifo'),
        slice: duration('The slice of round-robin.', 1).prefault('1ms'),
      },
      "The guest's scheduler.",
    ).prefault({}),
    'interrupts-off': keys(
      {
        every: duration(
          'Interrupts go off each time tasks have computed this long on the vCPU; needs `for`, which is part of it.',
          1,
        ).optional(),
        for: duration('How long they stay off; needs `every`.', 1).optional(),
        probability: fraction('The probability that a fault finds interrupts off; default: 0.').optional(),
        by: oneOf(['if', 'sti', 'movss', 'tpr'], 'What holds them off: IF=0, a shadow, or the TPR (R5, R6).').default(
          'if',
        ),
      },
      "When the guest runs with IF=0, in the vCPU's own running time: that in which its tasks compute.",
    ).optional(),
    nmi: keys(
      {
        every: duration('An NMI to each vCPU each time this long has passed.', 1),
        touches: z
          .union([z.literal('none'), integer(0, bounds.pagesMax - 1, 'A page.')], {error: 'none, or a page'})
          .meta({description: 'Which page the NMI handler accesses.'})
          .default('none'),
        at: oneOf(['any', 'copy', 'park', 'clear', 'iret'], 'The handler step that it lands before.').default('any'),
      },
      'Non-maskable interrupts.',
    ).optional(),
    devices: keys(
      {every: duration('A device interrupt to each vCPU each time this long has passed.', 1)},
      'Interrupts other than READY; each is served by one step of its handler.',
    ).optional(),
    wait: oneOf(['hlt', 'hypercall'], 'How a vCPU waits with nothing to run (Q21).').default('hlt'),
  },
  'The guest.',
);

const cost = (description: string) => duration(description).prefault('0ns');

const costs = z
  .union(
    [
      oneOf(['realistic', 'none'], 'Measured magnitudes, or nothing at all.'),
      keys(
        {
          delivery: cost('At a fault, before its delivery or deferral.'),
          step: cost('Before each handler step.'),
          switch: cost('Before a dispatch.'),
          interrupt: cost('Before an interrupt is taken.'),
          hypercall: cost('Before the vCPU suspends itself.'),
        },
        'A key that is missing is 0.',
      ),
    ],
    {error: 'realistic, none, or a map of delivery, step, switch, interrupt, hypercall'},
  )
  .meta({description: 'What the protocol costs a vCPU.'})
  .default('realistic');

/** Any key and value pass: checks.ts names the nearest knob, or says which is not built. */
const options = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()], {error: 'a word, a number, true or false'}), {
    error: 'a flat map of options',
  })
  .meta({
    description: 'What the proposal leaves open.',
    properties: Object.fromEntries(
      optionTable.map(({name, values, meaning}) => [name, {enum: values, default: values[0], description: meaning}]),
    ),
  })
  .default({});

const misbehaviour = keys(
  {
    party: oneOf(['host', 'guest'], 'Who breaks the protocol.'),
    bug: text(100, 'The name of the bug.'),
    after: integer(0, Number.MAX_SAFE_INTEGER, 'At the first opportunity after this row.').default(0),
  },
  'A bug to inject.',
);

const scenario = keys(
  {
    name: text(100, "A name; default: the file's.").optional(),
    description: text(2000, 'One line on what it shows.').default(''),
    protocol: oneOf(protocolNames as [ProtocolName, ...ProtocolName[]], 'The protocol to run.').default('pnp'),
    seed: integer(0, Number.MAX_SAFE_INTEGER, 'Of every random number.').default(0),
    vcpus: integer(1, bounds.vcpusMax, 'How many vCPUs.').default(1),
    tokens: integer(0, bounds.tokensMax, 'N, per vCPU (Q33); 0: page-not-present is never delivered.').default(64),
    until: keys(
      {
        time: duration('Virtual time.', 1).optional(),
        faults: integer(1, Number.MAX_SAFE_INTEGER, 'The run ends once this many are answered.').optional(),
        accesses: integer(1, Number.MAX_SAFE_INTEGER, 'Accesses of all tasks.').optional(),
      },
      "The run ends at the first that holds; default: at the workload's end.",
    ).prefault({}),
    host: host.prefault({}),
    guest: guest.prefault({}),
    costs,
    options,
    misbehave: z
      .array(misbehaviour, {error: 'a list of bugs'})
      .max(1000, {error: 'at most 1000 bugs'})
      .meta({description: 'Bugs to inject.'})
      .default([]),
  },
  'A scenario of apf.',
);

/** A scenario file with every default filled in, before the checks that need more than one key, or a file. */
export type ParsedScenario = z.output<typeof scenario>;
export type ParsedTaskGroup = ParsedScenario['guest']['tasks'][number];

/**
 * Checks the value of a scenario file key by key.
 * @throws ScenarioProblem at the first key that is wrong
 */
export function parseScenario(value: unknown): ParsedScenario {
  // An empty file is a scenario, too: all defaults.
  const parsed = scenario.safeParse(value ?? {});
  // A record of zod's leaves that key out.
  if (Object.hasOwn(Object(fieldOf(value, 'options')), '__proto__'))
    throw new ScenarioProblem(['options', '__proto__'], 'unknown option');
  if (parsed.success) return parsed.data;
  throw toProblem(parsed.error.issues, value);
}

/** The JSON Schema of a scenario file, with a description on each key: for editors. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenario, {io: 'input'}) as Record<string, unknown>;
}
