import {describe, expect, test} from 'vitest';
import {loadRules} from '../../src/check/checker.js';
import {protocolNames} from '../../src/protocol/protocols.js';
import {randomRuns} from './random-runs.js';

/*
 * A first look at the sweeps of this folder: a few random runs of each protocol, a handful a test, so that what breaks
 * tells soon and small. Each title has the rules that the protocol's checker judges.
 */

const rowsMax = 3000;
const groups = Array.from({length: 12}, (_, group) => Array.from({length: 5}, (_seed, i) => 5 * group + i + 1));

for (const protocol of protocolNames) {
  const {invariants} = await loadRules(protocol);
  describe(`${protocol}: ${invariants.map(({id}) => id).join(', ')}`, () => {
    test.each(groups)('random runs %i to %i and on break no rule', async (...seeds) => {
      const {violations, identities} = await randomRuns(protocol, seeds, rowsMax);
      expect({violations, identities}).toEqual({violations: [], identities: []});
    });
  });
}
