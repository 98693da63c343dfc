import {DuckDBInstance} from '@duckdb/node-api';
import {expect, test} from 'vitest';
import {Catalog, type Definition} from '../../src/query/catalog.js';

const definitions: readonly Definition[] = [
  {name: 'one', statements: () => ['CREATE VIEW one AS SELECT 1 AS n']},
  {
    name: 'filled',
    statements: () => ['CREATE TABLE filled (n INTEGER)'],
    fill: async (connection) => {
      await connection.run('INSERT INTO filled VALUES (7)');
    },
  },
  {name: 'two', statements: () => ['CREATE VIEW two AS SELECT n + 1 AS n FROM one']},
  {name: 'noted', statements: () => ['CREATE VIEW noted AS -- of two, not of the whole\nSELECT n FROM one']},
  {name: 'whole', statements: () => ['CREATE VIEW whole AS FROM two JOIN filled ON true']},
];

/** The names that are there once SQL is prepared for. */
async function created(...sqls: readonly string[]): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const catalog = new Catalog(connection, definitions);
  for (const sql of sqls) await catalog.createFor(sql);
  const reader = await connection.runAndReadAll(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY ALL",
  );
  return reader.getRows().map(([name]) => String(name));
}

test('nothing is created that the SQL does not name', async () => {
  expect(await created('SELECT 1')).toEqual([]);
  expect(await created('FROM one')).toEqual(['one']);
  expect(await created('FROM ones, bothersome')).toEqual([]);
});

test('what is named in any case, in quotes, in a string or a comment, comes with what it names itself', async () => {
  for (const sql of ['FROM TWO', 'FROM "two"', "FROM query_table('two')", 'SELECT 1 -- two'])
    expect(await created(sql)).toEqual(['one', 'two']);
  expect(await created('FROM whole')).toEqual(['filled', 'one', 'two', 'whole']);
});

test('what the comments of a definition name is not needed', async () => {
  expect(await created('FROM noted')).toEqual(['noted', 'one']);
});

test('each is created once', async () => {
  expect(await created('FROM two', 'FROM two', 'FROM one')).toEqual(['one', 'two']);
});

test.each([
  'SHOW TABLES',
  'FROM information_schema.tables',
  'FROM duckdb_views()',
  "FROM pragma_table_info('x')",
  'FROM sqlite_master',
  'FROM pg_catalog.pg_class',
])('all of it is there for %s, which lists what there is', async (sql) => {
  expect(await created(sql)).toEqual(['filled', 'noted', 'one', 'two', 'whole']);
});
