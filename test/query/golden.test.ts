import fs from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {macroTable} from '../../src/query/macros.js';
import {viewNames} from '../../src/query/views.js';
import {temporaryFolder} from '../trace/temporary-folder.js';
import {queryText} from './query-text.js';
import {readRowsFile, writeRowsFile} from './rows-file.js';

/** X.rows is a trace, X.Y.sql a query over it, X.Y.csv what it must answer, worked out by hand from the rows. */
const golden = path.join(import.meta.dirname, '../../fixtures/golden');
const folder = temporaryFolder();
const queries = fs.readdirSync(golden).filter((name) => name.endsWith('.sql'));

for (const name of ['rows', 'lists']) fs.mkdirSync(path.join(folder, name));
const cases = queries.flatMap((query) => [false, true].map((asLists) => ({query, asLists})));

test.for(cases)('$query, rows as lists: $asLists', async ({query, asLists}) => {
  const [name] = query.split('.');
  const trace = path.join(folder, asLists ? 'lists' : 'rows', `${query}.arrow`);
  writeRowsFile(readRowsFile(path.join(golden, `${name}.rows`)), trace, name);
  const sql = fs.readFileSync(path.join(golden, query), 'utf8');
  const csv = await queryText({traces: [trace], sql, asLists});
  await expect(csv).toMatchFileSnapshot(path.join(golden, query.replace(/sql$/, 'csv')));
});

test('every view and every macro has one', () => {
  const asked = queries.map((query) => query.split('.')[1].replace(/-.*/, ''));
  const macros = macroTable.filter(({isPublic}) => isPublic).map(({name}) => name);
  expect([...viewNames, ...macros].filter((name) => !asked.includes(name))).toEqual([]);
});
