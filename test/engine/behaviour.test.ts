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
const known: {behaviour: number; rows: Record<ProtocolName, string[]>} = JSON.parse(fs.readFileSync(file, 'utf8'));

async function rowsOf(protocol: ProtocolName, first: number): Promise<string> {
  const seeds = [0, 1, 2, 3, 4].map((i) => first + i);
  return (await randomRuns(protocol, seeds, rowsMax)).sha256;
}

describe.each(protocolNames)('%s: rows and states of this behaviour', (protocol) => {
  test.each(groups)('five random runs from seed %i', async (first) => {
    expect(await rowsOf(protocol, first)).toBe(known.rows[protocol][groups.indexOf(first)]);
  });
});

test('fixtures/behaviour.json is of this behaviour', async () => {
  const rows: Record<string, string[]> = {};
  for (const protocol of protocolNames) {
    rows[protocol] = [];
    for (const first of groups) rows[protocol].push(await rowsOf(protocol, first));
  }
  const text = `${JSON.stringify({behaviour: behaviourVersion, rows}, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(file.pathname);
});
