import {expect, test} from 'vitest';
import {writeJson} from '../../src/cli/json.js';

test('a document reads back, and keys without a value are left out', () => {
  const document = {a: [1, {b: null, c: [true, 'x']}], d: {}, e: [], f: undefined};
  const text = writeJson(document);
  expect(JSON.parse(text)).toEqual({a: [1, {b: null, c: [true, 'x']}], d: {}, e: []});
});

test('integers keep all their digits', () => {
  expect(writeJson({gpa: 2n ** 64n - 1n})).toBe('{"gpa": 18446744073709551615}');
});

test('text cannot steer a terminal', () => {
  const text = 'a\u0007\u009b\u202e\n';
  const written = writeJson({[text]: text});
  expect(written).not.toMatch(/\p{Control}|\p{Bidi_Control}/u);
  expect(JSON.parse(written)).toEqual({[text]: text});
});

test('what is nested beyond reason is bad data', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(() => writeJson(deep)).toThrow(expect.objectContaining({code: 'NESTED_TOO_DEEP'}));
});
