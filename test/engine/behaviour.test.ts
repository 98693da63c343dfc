import fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {type ProtocolName, protocolNames} from '../../src/protocol/protocols.js';
import {behaviourVersion} from '../../src/protocol/version.js';
import {randomRuns} from '../property/random-runs.js';

/*
 * What the behaviour number stands for: the same scenario gives the same rows and states. When a change of these is meant, raise
 * `behaviourVersion`, then `npx vitest run test/engine/behaviour.test.ts --update`.
 */

const rowsMax = 1500;
const groups = Array.from({length: 20}, (_, i) => 5 * i + 1);
const file = new URL('../../fixtures/behaviour.json', import.meta.url);
const known: {behaviour: number; runs: Record<ProtocolName, Group[]>} = JSON.parse(fs.readFileSync(file, 'utf8'));

/** Five random runs: the rules that they come to, and the SHA-256 of their rows and states. */
interface Group {
  first: number;
  reached: string;
  sha256: string;
}

async function groupOf(protocol: ProtocolName, first: number): Promise<Group> {
  const seeds = [0, 1, 2, 3, 4].map((i) => first + i);
  const {reached, sha256} = await randomRuns(protocol, seeds, rowsMax);
  return {first, reached: reached.join(' '), sha256};
}

for (const protocol of protocolNames) {
  describe(`${protocol}: rows and states of this behaviour`, () => {
    for (const group of known.runs[protocol]) {
      test(`from seed ${group.first}, which come to ${group.reached}`, async () => {
        expect(await groupOf(protocol, group.first)).toEqual(group);
      });
    }
  });
}

test('fixtures/behaviour.json is of this behaviour', async () => {
  const runs: Record<string, Group[]> = {};
  for (const protocol of protocolNames) {
    runs[protocol] = [];
    for (const first of groups) runs[protocol].push(await groupOf(protocol, first));
  }
  const text = `${JSON.stringify({behaviour: behaviourVersion, runs}, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(file.pathname);
});
