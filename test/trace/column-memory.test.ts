import {expect, test} from 'vitest';
import {ColumnMemory} from '../../src/trace/decode/column-memory.js';

test('room for a column is used again while it is enough', () => {
  const memory = new ColumnMemory();
  const first = memory.take('seq', 100);
  expect(memory.take('seq', 60)).toBe(first);
  expect(memory.take('token', 60)).not.toBe(first);
  const larger = memory.take('seq', 200);
  expect(larger.byteLength).toBe(200);
  expect(memory.take('seq', 100)).toBe(larger);
});

test('room for a compressed column is for whichever is read', () => {
  const memory = new ColumnMemory();
  const first = memory.takeCompressed(100);
  expect(memory.takeCompressed(60)).toBe(first);
  expect(memory.takeCompressed(200).byteLength).toBe(200);
});

test('columns given away leave with what was read, and nothing else holds them', () => {
  const memory = new ColumnMemory();
  const [column, compressed] = [memory.take('seq', 8), memory.takeCompressed(8)];
  expect(memory.exchange(new Map([['token', column]]))).toEqual(new Map([['seq', column]]));
  expect(memory.take('token', 8)).toBe(column);
  expect(memory.take('seq', 8)).not.toBe(column);
  expect(memory.takeCompressed(8)).toBe(compressed);
});
