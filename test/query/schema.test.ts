import path from 'node:path';
import {expect, test} from 'vitest';
import {macroTable} from '../../src/query/macros.js';
import {schemaOfViews} from '../../src/query/schema.js';
import {readSqlFile} from '../../src/query/sql-file.js';
import {viewNames} from '../../src/query/views.js';

test('every column of every view has a comment, and every comment a column, in order', async () => {
  const schema = await schemaOfViews();
  const macros = macroTable.filter(({isPublic}) => isPublic).map(({name}) => name);
  expect(schema.map((view) => view.view)).toEqual([...viewNames, ...macros]);
  for (const {view, meaning, columns} of schema) {
    expect(meaning).not.toBe('');
    const folder = macros.some((name) => name === view) ? 'macros' : 'views';
    expect([...readSqlFile(folder, view).comments.keys()]).toEqual(columns.map((column) => column.name));
  }
});

test('a column of times says so, and is a BIGINT', async () => {
  for (const view of await schemaOfViews()) {
    for (const column of view.columns.filter(({name}) => name.endsWith('_ns'))) {
      expect([view.view, column.name, column.type]).toEqual([view.view, column.name, 'BIGINT']);
      expect(column.comment).toMatch(/^ns\b/);
    }
  }
});

test('names and types are a promise: a change needs a new golden file (npx vitest run test/query -u)', async () => {
  const text = (await schemaOfViews())
    .map(({view, columns}) => `${view}\n${columns.map(({name, type}) => `  ${name} ${type}\n`).join('')}`)
    .join('\n');
  await expect(text).toMatchFileSnapshot(path.join(import.meta.dirname, '../../fixtures/golden/views.txt'));
});
