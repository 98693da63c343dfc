import {expect, test} from 'vitest';
import {type BatchFacts, sha256} from '../../src/trace/batch-facts.js';
import {BatchHeaders} from '../../src/trace/batch-headers.js';
import {layoutStored} from '../../src/trace/layout.js';
import {encodeBatchHeader} from '../../src/trace/messages.js';
import {Dice} from '../property/random-scenario.js';

/** Facts that no trace has together; each number has its own number of digits, and some are not there. */
function randomFacts(dice: Dice): BatchFacts {
  const number = () => dice.pick([0, dice.below(10), dice.below(2 ** 31), 2 ** 32 + dice.below(2 ** 20), 2 ** 53 - 1]);
  const rows = dice.pick([0, 1, 65_536, dice.below(65_536)]);
  const isCompressed = dice.below(3) === 0;
  const stateSeq = dice.pick([null, number()]);
  return {
    ...{rows, firstSeq: number(), firstNs: number(), lastNs: number(), stateSeq},
    nullCounts: Array.from({length: 14}, () => dice.pick([0, rows, dice.below(rows + 1)])),
    stateHash: stateSeq === null ? '' : sha256(String(stateSeq)).slice(0, 16),
    columnDigests: Array.from({length: 14}, () => sha256(String(number()))),
    storedBytes: isCompressed ? Array.from({length: 28}, () => dice.below(100_000)) : null,
    end: dice.pick([null, null, {ended: dice.pick(['until', 'killed']), endNs: number()}]),
  };
}

test('2,000 headers, each after another, are those that are encoded alone', () => {
  const dice = new Dice(1);
  const headers = new BatchHeaders();
  for (let n = 0; n < 2_000; n++) {
    const facts = randomFacts(dice);
    // Often as before but for numbers, as in a trace.
    for (const [again, change] of [{}, {rows: facts.rows ^ 1}, {firstNs: facts.firstNs ^ 1}].entries()) {
      const changed = {...facts, ...change};
      const chain = sha256(`${n} ${again}`);
      expect(
        Buffer.from(headers.encode(changed, layoutStored(changed), chain)).equals(encodeBatchHeader(changed, chain)),
      ).toBe(true);
    }
  }
});
