import {expect, test} from 'vitest';
import {chainDigest, sha256} from '../../src/trace/batch-facts.js';
import {encodeBatchHeader, encodePrefix, encodeSuffix} from '../../src/trace/messages.js';
import {encodeMetadata} from '../../src/trace/trace-metadata.js';
import {metadata} from './synthetic-rows.js';

test('the bytes around the columns are those of format 1', () => {
  // A reader encodes them again and compares. When a release of apache-arrow changes them, no older trace can be read:
  // keep the release, or raise formatVersion and keep the old encoding for format 1.
  const texts = encodeMetadata(metadata, 64);
  const prefix = encodePrefix(texts, {kind: 30, reason: 19});
  const facts = {
    ...{rows: 10, firstSeq: 64, firstNs: 5, lastNs: 2 ** 53 - 1, stateHash: '0123456789abcdef', stateSeq: 70},
    nullCounts: [0, 0, 10, 9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    columnDigests: Array.from({length: 14}, (_, index) => sha256(`column ${index}`)),
    storedBytes: null,
    end: {ended: 'until', endNs: 2 ** 53 - 1},
  };
  const chain = chainDigest(sha256(prefix.bytes), facts);
  const header = encodeBatchHeader(facts, chain);
  const blocks = [{offset: prefix.bytes.length, headerBytes: header.length, bodyBytes: 2 ** 40}];
  const suffix = encodeSuffix(texts, prefix.dictionaries, blocks);
  expect({prefix: sha256(prefix.bytes), chain, header: sha256(header), suffix: sha256(suffix)}).toMatchInlineSnapshot(`
    {
      "chain": "d48bcf4d00c94ae6e83bc699897ccc5bedf74c7c9f0d6489d128ac6785489359",
      "header": "606f741965b7a9739615f8ac9e5fe4ae5e85531bad50a38d2b7ab39380034725",
      "prefix": "1d0a24cb6b71c5809f7a729b2a4c5ef45f5e24b410aea010bee5e9f0bd6cc309",
      "suffix": "ad1339ad4b0df372e239216c60cd42eb3c87bab82dafe410550e6563a98c7217",
    }
  `);
});
