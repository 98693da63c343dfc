import path from 'node:path';
import {expect, test, vi} from 'vitest';
import {Accounting, timeStates} from '../../src/check/accounting.js';
import {Kind} from '../../src/protocol/kinds.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {Row} from '../../src/protocol/row.js';
import {runProtocol} from '../check/run-protocol.js';
import {scenarioOfSeed} from '../property/random-runs.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {writeRun} from './write-run.js';

const trace = path.join(temporaryFolder(), 'random.arrow');
const runsPerProtocol = 40;
const rowsMax = 20_000;

/** What a vCPU does before its first task and its first halt is the guest's business, which the two call differently. */
const told = timeStates.filter((state) => state !== 'handler' && state !== 'idle');

const spent = `
  SELECT concat_ws(' ', vcpu, state, sum(duration_ns)) AS line
  FROM vcpu_states
  WHERE state NOT IN ('handler', 'idle')
  GROUP BY vcpu, state`;

test.for(protocolNames)('vcpu_states is where the checker has the time, in random runs of %s', async (protocol) => {
  const close = vi.spyOn(Accounting.prototype, 'close');
  for (let seed = 1; seed <= runsPerProtocol; seed++) {
    const scenario = scenarioOfSeed[protocol](seed);
    close.mockClear();
    const {rows} = await runProtocol(scenario, rowsMax);
    // From a recovery until the guest gives its access up, Linux's checker has the task run: no handler of its is known.
    if (protocol.startsWith('apf-') && rows.some((row) => row[Row.kind] === Kind.recovery)) continue;
    const [[endNs], accounting] = [close.mock.calls[0], close.mock.contexts[0] as Accounting];
    writeRun(trace, scenario, rows, endNs);
    const expected = Array.from({length: scenario.vcpus}, (_, vcpu) =>
      told.map((state) => `${vcpu} ${state} ${accounting.spentOf(vcpu)[state]}`),
    ).flat();
    const found = (await queryText({traces: [trace], sql: spent})).trim().split('\n').slice(1);
    const what = `seed ${seed}: ${JSON.stringify(scenario)}`;
    expect(found.sort(), what).toEqual(expected.filter((line) => !line.endsWith(' 0')).sort());
  }
  close.mockRestore();
});
