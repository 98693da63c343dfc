import path from 'node:path';
import {expect, test} from 'vitest';
import {schemaOfViews} from '../../src/query/schema.js';
import {readViewFile, viewNames} from '../../src/query/views.js';

test('every column of every view has a comment, and every comment a column, in order', async () => {
  const schema = await schemaOfViews();
  expect(schema.map((view) => view.view)).toEqual([...viewNames]);
  for (const view of schema) {
    expect(view.meaning).not.toBe('');
    expect([...readViewFile(view.view).comments.keys()]).toEqual(view.columns.map((column) => column.name));
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
