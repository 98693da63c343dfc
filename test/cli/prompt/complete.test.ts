import {expect, test} from 'vitest';
import {asCommand, commandNames} from '../../../src/cli/prompt/commands.js';
import {complete} from '../../../src/cli/prompt/complete.js';
import {schemaOfViews} from '../../../src/query/schema.js';

const views = await schemaOfViews();
const commands = new Map<string, string[]>(commandNames.map((name) => [name, []]));
commands.set('\\format', ['csv', 'json']);
const words = {views, commands};

test.for([
  ['', 'FROM fau', ['faults'], 'fau'],
  ['', 'SELECT 1 FROM events JOIN lat', ['latency'], 'lat'],
  ['', 'FROM never', ['never_followed_by'], 'never'],
  ['', 'FROM his', [], 'his'],
  ['SELECT *', 'from DELIV', ['deliveries'], 'DELIV'],
  ['', 'SELECT latency_', ['latency_ns'], 'latency_'],
  ['SELECT count(*) FROM latency', 'WHERE p9', ['p90_ns', 'p99_9_ns', 'p99_ns'], 'p9'],
  ['', 'FROM events AS e WHERE e.tok', ['token'], 'tok'],
  ['', "FROM events WHERE kind = 'deli", ['delivery'], 'deli'],
  ['', "FROM events WHERE reason = 'no_", ['no_token'], 'no_'],
  ['', 'SELECT dis', ['DISTINCT'], 'dis'],
  ['', 'SELECT ', [], ''],
  ['', '\\tim', ['\\timing'], '\\tim'],
  ['', '\\format j', ['json'], 'j'],
  ['', '\\format ', ['csv', 'json'], ''],
] as const)('after %j, %j may become %j', ([before, line, candidates, start]) => {
  expect(complete(before, line, words)).toEqual([candidates, start]);
});

test.for([
  ['quit', '\\quit'],
  ['exit;', '\\exit'],
  ['help', '\\help'],
  ['.tables', '\\tables '],
  ['.mode csv', '\\mode csv'],
  ['SELECT 1', null],
  ['help me', null],
] as const)('%s is the command %s', ([line, command]) => {
  expect(asCommand(line)).toBe(command);
});
