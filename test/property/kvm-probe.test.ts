import {expect, test} from 'vitest';
import {kindNames} from '../../src/protocol/kinds.js';
import {reasonNames} from '../../src/protocol/reasons.js';
import {Row} from '../../src/protocol/row.js';
import {runProtocol} from '../check/run-protocol.js';
import {randomKvmScenario} from './random-kvm-scenario.js';

const from = Number(process.env.FROM ?? 1);
const to = Number(process.env.TO ?? 100);
test.for(['apf-int', 'apf-pf'] as const)('%s', async (protocol) => {
  expect(1).toBe(1);
  const kinds = new Map<string, number>();
  const ends = new Map<string, number>();
  const reached = new Map<string, number>();
  const examples: string[] = [];
  for (let seed = from; seed <= to; seed++) {
    const scenario = randomKvmScenario(protocol, seed);
    let run;
    console.log(protocol, seed);
    try {
      run = await runProtocol(scenario, 100000);
    } catch (error) {
      examples.push(`seed ${seed}: THROWS ${(error as Error).stack?.slice(0, 400)}`);
      kinds.set('THROWS', (kinds.get('THROWS') ?? 0) + 1);
      continue;
    }
    ends.set(run.ended, (ends.get(run.ended) ?? 0) + 1);
    for (const [id, count] of Object.entries(run.report.reached)) reached.set(id, (reached.get(id) ?? 0) + count);
    for (const identity of run.report.identities.filter(({holds}) => !holds)) {
      kinds.set(identity.name, (kinds.get(identity.name) ?? 0) + 1);
      if (examples.length < 6) examples.push(`seed ${seed}: ${identity.name} ${identity.left} ${identity.right}`);
    }
    const first = run.report.violations[0];
    if (first === undefined) continue;
    const seen = kinds.get(first.invariant) ?? 0;
    kinds.set(first.invariant, seen + 1);
    if (seen < 2) {
      examples.push(`seed ${seed}: ${JSON.stringify(first)} of ${run.report.violationsTotal}`);
      for (const row of run.rows.slice(Math.max(0, first.seq - 45), first.seq + 6)) {
        const r = row[Row.reason] >= 0 ? reasonNames[row[Row.reason]] : '';
        examples.push(
          `   ${row[Row.seq]} @${row[Row.time]} ${row[Row.choice] ? '' : '  '}${kindNames[row[Row.kind]]} v${row[Row.vcpu]} t${row[Row.task]} f${row[Row.fault]} p${row[Row.gpaLo] / 4096} k${row[Row.token].toString(16)} r${row[Row.result]} =${row[Row.value]} ${r}`,
        );
      }
    }
  }
  console.log(
    protocol,
    kinds,
    ends,
    [...reached].filter(([, n]) => n === 0).map(([id]) => id),
  );
  console.log(examples.join('\n'));
});
