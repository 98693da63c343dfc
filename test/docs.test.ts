import {expect, test} from 'vitest';
import {type InvariantEntry, loadRules} from '../src/check/checker.js';
import {promptCommands} from '../src/cli/prompt/commands.js';
import {costTable} from '../src/protocol/costs.js';
import {kindTable} from '../src/protocol/kinds.js';
import {misbehaviourTable} from '../src/protocol/misbehaviours.js';
import {fixedPoints, optionKeys, optionTable} from '../src/protocol/options.js';
import {protocolNames, protocolTable} from '../src/protocol/protocols.js';
import {reasonNames} from '../src/protocol/reasons.js';
import {type QueryFormat, queryFormats} from '../src/query/format-names.js';
import {macroTable} from '../src/query/macros.js';
import {schemaOfViews, type ViewSchema} from '../src/query/schema.js';
import {columnTable} from '../src/trace/schema.js';
import {handlerSteps, nestingDepths} from './rules/nmi-race.js';

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
last batch of a whole recording also \`apf.ended\` (until, workload, killed, stuck, interrupted, or cut: of a trace that
\`apf repair\` made whole) and \`apf.end_ns\`.

## Compression

\`apf record --compression zstd\` compresses each buffer by itself as Arrow prescribes, in some 9 bytes an event: its length
as it was (64 bits), then a zstd frame; or -1 and the buffer as it is where a frame is no shorter. All batches of a trace
are alike in this. Digests are of the buffers as they were: a compressed trace has the digest of the same trace without
compression. A reader needs a zstd codec; pyarrow and Polars bring theirs.
`;
  await expect(text).toMatchFileSnapshot('../docs/trace.md');
});

const formatMeanings: Record<QueryFormat, string> = {
  table: 'a box for the eye, 40 rows unless `--max-rows` says otherwise; the default',
  csv: 'RFC 4180 with line feeds; NULL is the empty field, the empty text is `""`',
  tsv: 'tabs between fields, no quotes; a tab in a text is `\\t`, a line feed `\\n`',
  json: 'one array of row objects; integers have all their digits',
  ndjson: 'a row object a line',
  markdown: "a table of GitHub's Markdown",
  arrow: 'an Arrow IPC file; integers of 128 bits are decimals, dates and the like are texts',
  parquet: 'a Parquet file; integers of 128 bits are decimals',
};

test('docs/query.md lists every format, view, macro and command of the prompt', async () => {
  const schema = await schemaOfViews();
  const macros = macroTable.filter(({isPublic}) => isPublic).map(({name}): string => name);
  const cell = (value: string) => value.replaceAll('|', '\\|');
  const section = ({view, meaning, columns}: ViewSchema) => {
    const rows = columns.map(({name, type, comment}) => [`\`${name}\``, type, cell(comment)]);
    return `### ${view}\n\n${meaning}\n${rows.length === 0 ? '' : `\n${table(['column', 'type', 'meaning'], rows)}\n`}`;
  };
  const text = `# Asking a trace with SQL

\`apf query "SELECT …"\` reads \`apf.arrow\`, or the traces of \`-t\` (with several, every view has the column \`trace\`), where they
lie. The dialect is DuckDB's. \`-\` reads the SQL from standard input, \`-f FILE\` from a file, which may hold several SELECTs.
\`--from\` and \`--to\`, each a seq or a time such as \`1.5ms\`, leave out what is before and after: whole batches are not
read then. The tables below are made from the code.

\`-p name=value\` gives \`$name\` a value: a number (decimal or \`0x…\`), a time such as \`1.5ms\` (its nanoseconds), \`true\`,
\`false\`, \`null\`, else a text; \`-p "name='12'"\` is a text in any case. \`--explain\` shows the plan, \`--timing\` says on stderr
how long the query took. An error names line and column, shows the place, and names the nearest view or column.

## Formats

\`--format NAME\`; with \`-o FILE\` the end of its name says it too.

${table(
  ['format', 'what it is'],
  queryFormats.map((format) => [`\`${format}\``, formatMeanings[format]]),
)}

Control characters and those that reorder text, which a stranger may have put into a trace, are visible escapes in every
format that is text: \`\\u001b\`. A text that begins with \`=\`, \`+\`, \`-\` or \`@\` stays as it is: a spreadsheet that opens a CSV
file may take it for a formula, so import such columns as text.

## The sandbox

A query from a stranger's bug report can harm nothing. It can reach no file, no network, no extension and no setting, and
only a SELECT (or what begins with FROM, WITH, VALUES, TABLE, DESCRIBE, SHOW, SUMMARIZE, PIVOT or UNPIVOT), or EXPLAIN of one,
is run: no CREATE, ATTACH, COPY, SET, USE, CALL or PRAGMA, and no function that does more than read, such as
\`enable_logging\`, or \`query\`, which runs a text as SQL. It runs in a process of its own, which is ended, with exit code 75,
when it works longer than \`--timeout\` (default 60s; what the reader of the result takes does not count) or takes
more memory than \`--memory\` (default half of the machine's; the process may have 256MiB more).

\`--unsafe\` is for SQL of your own: no sandbox, no limits but those that are asked for, any number of any statements.

## Rows as text

\`apf dump\` prints each row on a line: seq, vCPU, seconds of virtual time, task, kind and what else it has. \`>\` marks a
choice. \`--from\` and \`--to\` are as above, and \`--kind\`, which may come several times, leaves out all other kinds.

## The prompt

\`apf query\` alone, at a terminal, reads statements that end with a semicolon. Tab completes views, columns and kinds; what
was typed is kept in \`$XDG_STATE_HOME/apf/query-history\` (\`~/.local/state\` where it is not set). Ctrl-C stops a query.

${table(
  ['command', 'also', 'meaning'],
  promptCommands.map(({names: [first, ...others], argument, meaning}) => [
    cell(`\`${`${first} ${argument}`.trim()}\``),
    code(others),
    cell(meaning),
  ]),
)}

## Views

Times are nanoseconds of virtual time. Rows come in order, unless the query sorts or joins them.

${schema
  .filter(({view}) => !macros.includes(view))
  .map(section)
  .join('\n')}
## Macros

\`apf query "FROM never_followed_by('delivery', 'consume', within_ns := \\$w)" -p w=100us\`;
\`apf query "SELECT hist(latency_ns) FROM faults"\`.

${schema
  .filter(({view}) => macros.includes(view))
  .map(section)
  .join('\n')}`;
  await expect(text).toMatchFileSnapshot('../docs/query.md');
});

const invariantsOf = (rules: readonly InvariantEntry[]) =>
  table(
    ['number', 'class', 'sentence'],
    rules.map(({id, class: kind, sentence}) => [id, kind, sentence]),
  );

test('docs/protocol.md lists every option, misbehaviour, cost and invariant', async () => {
  const invariants = await Promise.all(
    protocolTable.map(async ({name, title}) => {
      const rules = (await loadRules(name)).invariants;
      return `\n### ${name}\n\n${title}.\n\n${invariantsOf(rules)}`;
    }),
  );
  const text = `# The protocol: options, misbehaviour, costs, invariants

The rules R1 to R28 and the open points Q1 to Q35 are those of A. Lutomirski's proposal of 2020-04-08, numbered. The
tables are made from the code.

## Options

Keys of \`options\` in a scenario; the first value is the default. Each settles an open point and completes a rule, for
the protocols named; \`fixtures/options/\` has for each the least scenario in which its values differ.

${table(
  ['option', 'point', 'completes', 'protocols', 'values', 'meaning'],
  optionTable.map(({name, question, rule, protocols, values, meaning}) => [
    `\`${name}\``,
    question ?? '',
    rule,
    code(protocols),
    code(values),
    meaning,
  ]),
)}

Points that are a key of the scenario already: ${Object.entries(optionKeys)
    .map(([option, key]) => `\`${option}\` is \`${key}\``)
    .join(', ')}.

Points that are no choice here, and what they are fixed to:

${table(
  ['point', 'knob', 'fixed to'],
  fixedPoints.map(({question, knob, value}) => [question, knob === '' ? '' : `\`${knob}\``, value]),
)}

## Where handlers nest (R27)

An NMI lands before a step of a page-not-present handler, and its own handler touches a page that is not there: how many
page-not-present handlers are then open on the vCPU (\`fixtures/scenarios/nmi-race.yaml\`, \`apf scenarios compare\`).
Where there is one, the fault of the NMI handler is synchronous, for its IF is 0, and the handler below goes on. A #VE
does not ask for IF: once its handler has written busy = 0 it can come again before that has returned.

${table(
  ['protocol', ...handlerSteps.map(({at}) => `before \`${at}\``)],
  protocolNames.map((name) => [name, ...handlerSteps.map(({at}) => String(nestingDepths[name][at]))]),
)}

## Misbehaviour

Entries of \`misbehave\` in a scenario: \`{party, bug, after}\`. Each strikes once, at its first opportunity after row
\`after\`, and the row \`misbehave\` says so.

${table(
  ['protocol', 'party', 'bug', 'what it does', 'found by', 'stands for'],
  misbehaviourTable.map(({name, protocol, party, foundBy, meaning, standsFor}) => [
    protocol,
    party,
    `\`${name}\``,
    meaning,
    foundBy.join(', '),
    standsFor,
  ]),
)}

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

What \`src/check\` holds against the rows of a run: what is always so; what comes in the end, within its bound; and what a
run may come to or not (\`sometimes\`), which is said and is no violation.
${invariants.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../docs/protocol.md');
});
