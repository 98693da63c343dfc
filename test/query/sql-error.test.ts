import path from 'node:path';
import {expect, test} from 'vitest';
import {syntheticRows, writeRows} from '../trace/synthetic-rows.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';

const trace = path.join(temporaryFolder(), 'apf.arrow');
writeRows(trace, syntheticRows(10), 10);

/** The SQL, where the error is, what it says, and what stands over the mark. */
test.for([
  ['SELECT fault,\n  latenzy_ns FROM faults', 2, 3, 'no column latenzy_ns; the nearest is latency_ns', 'latenzy_ns'],
  ["SELECT 'é→', latenzy_ns FROM faults", 1, 14, 'latency_ns', 'latenzy_ns'],
  ["SELECT '\t\u202e', latenzy_ns FROM faults", 1, 14, 'latency_ns', 'latenzy_ns'],
  ['SELECT f.latenzy_ns FROM faults AS f', 1, 8, 'latency_ns', 'f.latenzy_ns'],
  ['SELECT io_ns FROM events', 1, 8, 'no column io_ns here; it is one of faults, deliveries', 'io_ns'],
  ['SELECT nix', 1, 8, 'no column nix; the nearest is', 'nix'],
  ['-- all\nSELECT * FROM\n\n faultz', 4, 2, 'no view faultz; the nearest is faults', 'faultz'],
  ['FROM starvashun(threshold := 3)', 1, 6, 'no function starvashun; the nearest is starvation', 'starvashun'],
  ['SELECT cuont(seq) FROM events', 1, 8, 'no function cuont; the nearest is count', 'cuont'],
  ['SELEC 1', 1, 1, 'syntax error', 'SELEC'],
  ['SELECT kind,, seq FROM events', 1, 13, 'syntax error', ','],
  ["SELECT 1 +\n  'x'::INT", 2, 6, 'Could not convert', '::INT'],
] as const)('%j: line %i, column %i', async ([sql, line, column, says, marked]) => {
  const error = await queryText({traces: [trace], sql}).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({code: 'SQL_ERROR', exitCode: 2});
  const [what, shown, mark] = String(error.message).split('\n');
  expect(what).toMatch(new RegExp(`^SQL, line ${line}, column ${column}: `));
  expect(what).toContain(says);
  expect(shown.slice(mark.indexOf('^'))).toMatch(new RegExp(`^${marked.replace(/[.*+?()]/g, '\\$&')}`));
});

test('a long line is cut around the place', async () => {
  const sql = `SELECT ${'seq + '.repeat(100)}latenzy${' + seq'.repeat(100)} FROM events`;
  await expect(queryText({traces: [trace], sql})).rejects.toThrow(/ {2}….{50}latenzy.{43}…\n {53}\^$/);
});

test('an error that has no place says what it is', async () => {
  const sql = "SELECT error('stop') FROM events";
  await expect(queryText({traces: [trace], sql})).rejects.toMatchObject({code: 'SQL_ERROR', message: 'SQL: stop'});
});
