import {describe, expect, test} from 'vitest';
import {bears} from './bearing.js';
import {mutantsOf} from './mutants.js';

const changes = (source: string, file = 'src/engine/x.ts') =>
  mutantsOf(file, source).map(({original, replacement}) => `${original} => ${replacement}`);

describe('mutantsOf', () => {
  test('changes each operator and constant of a function that bears a rule, one at a time', () => {
    const source =
      '/** R7: the gate. */\nexport function gate(a: number, on: boolean): boolean {\n  return a >= 1 && !on;\n}\n';
    expect(changes(source)).toEqual([
      'a >= 1 && !on => (a >= 1) || (!on)',
      'a >= 1 => (a) > (1)',
      '1 => 2',
      '!on => on',
    ]);
  });

  test('a change in parentheses keeps them', () => {
    expect(changes('/** R7 */\nconst f = (a: number) => (a + 1) * 2 === 4;')).toContain('(a + 1) * 2 => (a + 1) + (2)');
  });

  test('leaves alone what bears no rule, types, assertions and what is thrown', () => {
    expect(changes('function f() { return 1; }')).toEqual([]);
    expect(changes('/** R1 */\nfunction f(x: 1 | 2) { assert(x < 2, "x"); throw new Error(`${1 + 1}`); }')).toEqual([]);
  });

  test('every function in the folder of a protocol is mutated, under its name', () => {
    const [mutant] = mutantsOf('src/engine/protocols/ve/page.ts', 'function f() { return true; }');
    expect(mutant).toMatchObject({rules: ['ve'], fn: 'f', line: 1, original: 'true', replacement: 'false'});
  });

  test('a comment behind a line says whose rule it is', () => {
    const source =
      '/** R5 to R7, in order: R5, R6 and R7. */\nfunction f(a: number) {\n  if (a < 1) return 0; // R6\n  return 2;\n}';
    expect(mutantsOf('src/engine/x.ts', source).map(({line, rules}) => [line, rules])).toEqual([
      [3, ['R6']],
      [3, ['R6']],
      [3, ['R6']],
      [4, ['R5', 'R7', 'R6']],
    ]);
  });

  test('the address of a cell is no sum: the next cell takes its place', () => {
    expect(changes('/** R7 */\nfunction f(v: number) { return v + V.mode; }')).toEqual([
      'v + V.mode => v + V.mode + 1',
    ]);
  });

  test('keys tell two changes of one text apart', () => {
    const keys = mutantsOf('src/engine/x.ts', '/** R7 */\nfunction f() { return [1, 1]; }').map(({key}) => key);
    expect(keys).toEqual(['src/engine/x.ts#f: 1 => 2', 'src/engine/x.ts#f: 1 => 2 (2)']);
  });
});

describe('bears', () => {
  test('a number in the title or in the name of the file, and no longer one', () => {
    expect(bears('R7', 'test/x.test.ts', 'a > R7: in use')).toBe(true);
    expect(bears('R7', 'test/rules/r07-not-while-inuse.test.ts', 'a')).toBe(true);
    expect(bears('R1', 'test/rules/r10-sleep.test.ts', 'R12: no')).toBe(false);
  });

  test('a protocol’s own functions are of each test that reaches them', () => {
    expect(bears('ve', 'test/x.test.ts', 'a')).toBe(true);
  });
});
