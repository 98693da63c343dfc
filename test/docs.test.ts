import {expect, test} from 'vitest';
import {costTable} from '../src/protocol/costs.js';
import {invariantTable} from '../src/protocol/invariants.js';
import {kindTable} from '../src/protocol/kinds.js';
import {optionKeys, optionTable} from '../src/protocol/options.js';
import {reasonNames} from '../src/protocol/reasons.js';
import {columnTable} from '../src/trace/schema.js';

/* The reference pages under docs/ are made from the tables of the code; `npx vitest run test/docs.test.ts --update` makes them anew. */

const table = (head: string[], rows: (string | number)[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(' ');

const columnMeanings: Record<(typeof columnTable)[number]['name'], string> = {
  seq: '0, 1, 2, …: the number of the row',
  time_ns: 'virtual nanoseconds since the start; never decreases',
  vcpu: 'null: the whole machine',
  task: 'guest task; null also for an NMI handler',
  kind: 'what the row says, see below',
  choice: 'true: a choice that went in; false: an event that came out',
  fault: 'seq of the `fault` row whose life this row belongs to; a `fault` row names itself',
  cause: 'seq of the row that directly brought this one about',
  token: 'token of the page-not-present',
  gpa: 'guest-physical byte address, on every row that is about a page',
  gva: 'guest-virtual byte address; null where the row is about a page, not about an access',
  reason: 'why, or by whom',
  result: 'of resolutions and completions: 0 try again, 1 page failed',
  value: 'a number whose meaning each kind tells',
};

test('docs/trace.md lists every column, kind and reason', async () => {
  const roles = {choice: 'choice', step: 'guest step (a choice)', event: 'event'};
  const text = `# What stands in a trace

An Arrow IPC file, one row an event, in order. Any Arrow reader opens it. The tables are made from the code.

## Columns

${table(
  ['column', 'type', 'null', 'meaning'],
  columnTable.map(({name, type, nullable}) => [
    `\`${name}\``,
    type === 'kind' || type === 'reason' ? 'dictionary<uint8, utf8>' : type,
    nullable ? 'yes' : 'no',
    columnMeanings[name],
  ]),
)}

## Kinds

A choice goes in, an event comes out; a guest step is a choice too (the vCPU takes its next step). Beyond \`seq\`,
\`time_ns\`, \`kind\` and \`choice\`, which every row has, a kind may carry the columns named.

${table(
  ['kind', 'role', 'columns', 'meaning'],
  kindTable.map(({name, role, columns, meaning}) => [`\`${name}\``, roles[role], code(columns), meaning]),
)}

## Reasons

${code(reasonNames)}

## Metadata

The schema's: \`apf.format\` (of the file), \`apf.behaviour\` (raised when the same scenario gives other rows),
\`apf.protocol\`, \`apf.seed\`, \`apf.rows_per_batch\`, \`apf.scenario\` (JSON: the whole scenario, defaults filled in,
files by base name and SHA-256, latency tables in full).

Each batch's: \`apf.columns\` (the SHA-256 of each column's buffers), \`apf.chain\` (SHA-256 over the batch before and
all facts of this one; the last is the digest of the trace), \`apf.state\` and \`apf.state_seq\` (hash of the engine's
state after the last whole step in the batch, and that step's last row), \`apf.times\` (first and last \`time_ns\`); the
last batch of a whole recording also \`apf.ended\` and \`apf.end_ns\`.
`;
  await expect(text).toMatchFileSnapshot('../docs/trace.md');
});

test('docs/protocol.md lists every option, cost and invariant', async () => {
  const text = `# The protocol: options, costs, invariants

The rules R1 to R28 and the open points Q1 to Q35 are those of A. Lutomirski's proposal of 2020-04-08, numbered. The
tables are made from the code.

## Options

Keys of \`options\` in a scenario, and what is built of their values. The first value is the default; a value that is
not built is refused by name.

${table(
  ['option', 'point', 'values', 'built', 'meaning'],
  optionTable.map(({name, question, values, built, meaning}) => [
    `\`${name}\``,
    question ?? '',
    code(values),
    code(built),
    meaning,
  ]),
)}

Points that are a key of the scenario already: ${Object.entries(optionKeys)
    .map(([option, key]) => `\`${option}\` is \`${key}\``)
    .join(', ')}.

## Costs

\`costs: realistic\`, nanoseconds of the vCPU's time.

${table(
  ['cost', 'ns', 'pays for', 'source'],
  Object.entries(costTable).map(([name, {realisticNs, meaning, source}]) => [
    `\`${name}\``,
    realisticNs,
    meaning,
    source,
  ]),
)}

## Invariants

What \`src/check\` holds against the rows of a run.

${table(
  ['number', 'class', 'sentence'],
  invariantTable.map(({id, class: kind, sentence}) => [id, kind, sentence]),
)}
`;
  await expect(text).toMatchFileSnapshot('../docs/protocol.md');
});
