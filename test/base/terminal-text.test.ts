import {expect, test} from 'vitest';
import {jsonText, terminalText} from '../../src/base/terminal-text.js';

test.for([
  ['ö € 日本 \\n', 'ö € 日本 \\n'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u0000\u001b[31m\u007f\u0080\u009f', '\\u0000\\u001b[31m\\u007f\\u0080\\u009f'],
  ['\u061c\u200e\u200f\u202a\u202e\u2066\u2069', '\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069'],
  ['\ud800x\udfff 😀', '\ufffdx\ufffd 😀'],
])('%j is shown as %j', ([text, shown]) => {
  expect(terminalText(text)).toBe(shown);
});

test('a JSON string reads back as it was, without a character that could steer a terminal', () => {
  const text = '"\\ \n\u001b\u007f\u009b\u202e ö';
  expect(JSON.parse(jsonText(text))).toBe(text);
  expect(jsonText(text)).toBe('"\\"\\\\ \\n\\u001b\\u007f\\u009b\\u202e ö"');
});
