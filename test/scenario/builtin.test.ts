import {existsSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {optionTable} from '../../src/protocol/options.js';
import {builtinText, listBuiltins} from '../../src/scenario/builtin.js';
import {loadScenario} from '../../src/scenario/load.js';
import {scenarioJsonSchema} from '../../src/scenario/schema.js';

const names = listBuiltins().map(({name}) => name);

test('these are built in', () => {
  expect(names).toEqual([
    'overcommit',
    'token-starvation',
    'interrupts-off',
    'memory-failure',
    'postcopy',
    'waiting',
    'real-program',
  ]);
  expect(builtinText('none')).toBeNull();
});

describe.for(names)('%s', (name) => {
  test('loads under its own name, with a line that describes it', async () => {
    const {scenario} = await loadScenario(name);
    expect(scenario.name).toBe(name);
    expect(scenario.description).toBe(listBuiltins().find((entry) => entry.name === name)?.description);
    expect(scenario.description).toMatch(/^.{20,100}$/);
    expect(builtinText(name)).toContain('# Look for: ');
  });
});

test.for(names.filter((name) => name !== 'real-program'))('only until.faults ends %s', async (name) => {
  const {scenario} = await loadScenario(name, {overrides: ['until.faults=7']});
  expect(scenario.until).toEqual({time: null, faults: 7, accesses: null});
  const {pages, resident} = scenario.host.memory;
  for (const {accesses} of scenario.guest.tasks) {
    // Enough pages are missing for ever, and no task comes to an end.
    expect(accesses).toMatchObject({pattern: expect.stringMatching(/^(zipf|uniform|cyclic)$/), pages, count: null});
  }
  expect(resident).toBeLessThan(pages);
});

test('real-program reads its trace from the package', async () => {
  const {scenario, files} = await loadScenario('real-program');
  expect([...files.keys()]).toEqual([0]);
  expect(existsSync(files.get(0) ?? '')).toBe(true);
  expect(scenario.until).toEqual({time: null, faults: null, accesses: null});
  expect(scenario.host.memory.resident).toBeLessThan(140);
});

test('the guest of memory-failure can always be told', async () => {
  const {scenario} = await loadScenario('memory-failure');
  expect(scenario.host.failures.pages.length).toBeGreaterThan(0);
  expect(scenario.guest).toMatchObject({'interrupts-off': null, nmi: null});
  expect(scenario.guest.tasks.reduce((sum, {count}) => sum + count, 0)).toBeLessThanOrEqual(scenario.tokens);
});

test('a name that is none is a usage error that names the nearest', async () => {
  await expect(loadScenario('overcomit')).rejects.toMatchObject({
    code: 'SCENARIO_UNKNOWN',
    exitCode: 2,
    message: expect.stringContaining('nearest is overcommit'),
  });
});

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

test('the JSON Schema describes every key', () => {
  const undescribed: string[] = [];
  const walk = (schema: JsonSchema, path: string) => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if ((inner.description ?? '') === '') undescribed.push(`${path}.${key}`);
      walk(inner, `${path}.${key}`);
    }
    for (const inner of [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) if (inner) walk(inner, path);
  };
  const schema = scenarioJsonSchema() as JsonSchema;
  walk(schema, '');
  expect(undescribed).toEqual([]);
  expect(Object.keys(schema.properties ?? {})).toEqual(
    expect.arrayContaining(Object.keys(parse(builtinText('overcommit') ?? ''))),
  );
  expect(Object.keys(schema.properties?.options.properties ?? {})).toEqual(optionTable.map(({name}) => name));
});

test('every option accepts its default, and no two have one name', async () => {
  const all = Object.fromEntries(optionTable.map(({name, values}) => [name, values[0]]));
  expect(Object.keys(all).length).toBe(optionTable.length);
  const overrides = [`options=${JSON.stringify(all)}`];
  expect((await loadScenario('overcommit', {overrides})).scenario.options).toEqual(all);
});
