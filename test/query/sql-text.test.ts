import {expect, test} from 'vitest';
import {isTerminated, splitStatements, tokensOf} from '../../src/query/sql-text.js';

const split = (sql: string) => splitStatements(sql).map(({text}) => text);

test.for([
  ['SELECT 1', ['SELECT 1']],
  [' SELECT 1 ;; SELECT 2 ; ', ['SELECT 1', 'SELECT 2']],
  ["SELECT ';', ';;'", ["SELECT ';', ';;'"]],
  ["SELECT 'it''s; x'; VALUES (1)", ["SELECT 'it''s; x'", 'VALUES (1)']],
  ["SELECT E'\\';'; VALUES (1)", ["SELECT E'\\';'", 'VALUES (1)']],
  ['SELECT 1 AS "a;""b;"', ['SELECT 1 AS "a;""b;"']],
  ['SELECT $$ ; $$, $x$ $$ ; $x$', ['SELECT $$ ; $$, $x$ $$ ; $x$']],
  ['SELECT $a;SELECT $b', ['SELECT $a', 'SELECT $b']],
  ['-- a;\nSELECT 1 -- b;', ['SELECT 1 -- b;']],
  ['/* a; /* b; */ c; */ SELECT 1', ['SELECT 1']],
  ["SELECT 'never closed;", ["SELECT 'never closed;"]],
  ['/* never closed; SELECT 1', []],
  ['', []],
] as const)('%s has statements %s', ([sql, expected]) => {
  expect(split(sql)).toEqual(expected);
});

test('tokens know where they begin', () => {
  const sql = "SELECT a_1, 'x' FROM /* y */ t";
  const tokens = [...tokensOf(sql)];
  expect(tokens.map(({text}) => text)).toEqual(['SELECT', 'a_1', ',', "'x'", 'FROM', 't']);
  for (const {text, start} of tokens) expect(sql.slice(start, start + text.length)).toBe(text);
});

test('a text is terminated by a semicolon that is none of its strings', () => {
  expect(['SELECT 1', 'SELECT 1; -- end', "SELECT ';", 'SELECT 1;;'].map(isTerminated)).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

test('a long text is read in one go', () => {
  const long = 'x'.repeat(2_000_000);
  expect(split(`SELECT '${"''".repeat(1_000_000)}${long}'; SELECT 2`)).toHaveLength(2);
});
