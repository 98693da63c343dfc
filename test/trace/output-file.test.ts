import fs from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {newRow} from '../../src/protocol/row.js';
import {OutputFile, oldName} from '../../src/trace/encode/output-file.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import {fillRow, metadata, readRows, syntheticRows, writeRows} from './synthetic-rows.js';
import {temporaryFolder} from './temporary-folder.js';

const folder = temporaryFolder();

function emptyFolder(name: string): string {
  const sub = path.join(folder, name);
  fs.mkdirSync(sub);
  return sub;
}

test('the old name has .old before its extension', () => {
  expect(oldName('apf.arrow')).toBe('apf.old.arrow');
  expect(oldName('/tmp/a.b/run')).toBe('/tmp/a.b/run.old');
  expect(oldName('out/x.tar.arrow')).toBe('out/x.tar.old.arrow');
});

test('a new trace moves the one before it aside, and makes no other file', () => {
  const sub = emptyFolder('aside');
  const name = path.join(sub, 'apf.arrow');
  for (const rows of [3, 4, 5]) writeRows(name, syntheticRows(rows), 2);
  expect(fs.readdirSync(sub).sort()).toEqual(['apf.arrow', 'apf.old.arrow']);
  expect(readRows(name).length).toBe(5);
  expect(readRows(oldName(name)).length).toBe(4);
});

test('nothing is touched before the first batch is whole and a further row has come', () => {
  const name = path.join(emptyFolder('lazy'), 'apf.arrow');
  writeRows(name, syntheticRows(1), 2);
  const writer = new TraceWriter(name, metadata, {rowsPerBatch: 2});
  writer.row(fillRow(newRow(), 0));
  writer.row(fillRow(newRow(), 1));
  expect(readRows(name).length).toBe(1);
  expect(fs.existsSync(oldName(name))).toBe(false);
  writer.row(fillRow(newRow(), 2));
  expect(readRows(name).length).toBe(2);
  expect(readRows(oldName(name)).length).toBe(1);
  writer.finish({ended: 'until', endNs: 9e9});
  expect(readRows(name).length).toBe(3);
});

test('a full disk is an I/O error, told at each call', () => {
  const writer = new TraceWriter('/dev/full', metadata, {rowsPerBatch: 2});
  const full = expect.objectContaining({code: 'TRACE_WRITE', exitCode: 74});
  writer.row(fillRow(newRow(), 0));
  writer.row(fillRow(newRow(), 1));
  expect(() => writer.row(fillRow(newRow(), 2))).toThrow(full);
  expect(() => writer.finish({ended: 'until', endNs: 9e9})).toThrow(full);
  expect(fs.statSync('/dev/full').isCharacterDevice()).toBe(true);
});

test('a full disk is told also when more batches wait for the thread that makes them', {timeout: 20_000}, async () => {
  const writer = new TraceWriter('/dev/full', metadata, {rowsPerBatch: 1024, inBackground: true});
  for (const row of syntheticRows(20 * 1024 + 1)) writer.row(row);
  await expect(writer.caughtUp()).rejects.toMatchObject({code: 'TRACE_WRITE', exitCode: 74});
});

test('a link is moved itself, what it leads to stays', () => {
  const sub = emptyFolder('link');
  const [name, target] = ['apf.arrow', 'target.arrow'].map((file) => path.join(sub, file));
  writeRows(target, syntheticRows(1), 2);
  fs.symlinkSync('target.arrow', name);
  writeRows(name, syntheticRows(3), 2);
  expect(readRows(target).length).toBe(1);
  expect(readRows(oldName(name)).length).toBe(1);
  expect(readRows(name).length).toBe(3);
});

test('a device is written to where it is', () => {
  expect(writeRows('/dev/null', syntheticRows(3), 2)).toMatch(/^[0-9a-f]{64}$/);
  expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test.for(['missing/apf.arrow', 'file/apf.arrow', 'folder'])('%s cannot be written', (name) => {
  const sub = emptyFolder(name.replace('/', '-'));
  fs.writeFileSync(path.join(sub, 'file'), '');
  fs.mkdirSync(path.join(sub, 'folder'));
  const before = fs.readdirSync(sub);
  const error = expect.objectContaining({code: 'TRACE_WRITE', exitCode: 74});
  expect(() => writeRows(path.join(sub, name), syntheticRows(1), 2)).toThrow(error);
  expect(fs.readdirSync(sub)).toEqual(before);
});

test('when the first bytes cannot be written, the earlier file is back under its name', () => {
  const sub = emptyFolder('back');
  const name = path.join(sub, 'apf.arrow');
  fs.writeFileSync(name, 'before');
  // writev refuses what is no buffer, after the new file was created.
  const broken = ['text' as unknown as Uint8Array];
  expect(() => new OutputFile(name).append(broken)).toThrow(TypeError);
  expect(fs.readdirSync(sub)).toEqual(['apf.arrow']);
  expect(fs.readFileSync(name, 'utf8')).toBe('before');
});
