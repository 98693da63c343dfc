import fs from 'node:fs';
import {newRow, none, Row, rowFields} from '../../src/protocol/row.js';
import {openTrace} from '../../src/trace/decode/open-trace.js';
import {RowCursor} from '../../src/trace/decode/row-cursor.js';
import {TraceWriter} from '../../src/trace/encode/trace-writer.js';
import type {Compression, TraceMetadata} from '../../src/trace/schema.js';
import {Dice} from '../property/random-scenario.js';

/** A whole trace that cases are made of. */
export interface Base {
  bytes: Buffer;
  metadata: TraceMetadata;
  rows: Float64Array[];
  compression: Compression;
}

export interface Case {
  /** What was done to the base. */
  what: string;
  /** Every digest was made anew: the rows may be any that a trace can hold. */
  isSigned: boolean;
}

const rowsPerBatch = 128;

/** Reads a recorded trace, and writes it again in small batches. */
export function baseOf(trace: string, small: string, compression: Compression): Base {
  const reader = openTrace(trace);
  const {metadata} = reader;
  const rows = readAll(new RowCursor(reader));
  const end = reader.end ?? {ended: 'until', endNs: Number.MAX_SAFE_INTEGER};
  reader.close();
  const writer = new TraceWriter(small, metadata, {rowsPerBatch, compression});
  for (const row of rows) writer.row(row);
  writer.finish(end);
  return {bytes: fs.readFileSync(small), metadata, rows, compression};
}

export function readAll(cursor: RowCursor): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let row = newRow(); cursor.next(row); row = newRow()) rows.push(row);
  return rows;
}

/** Writes the case of a seed to a file. */
export function writeCase(seed: number, bases: readonly Base[], file: string): Case {
  const dice = new Dice(seed);
  const base = dice.pick(bases);
  const how = dice.pick([
    flip,
    flip,
    truncate,
    splice,
    overwrite,
    repeat,
    forgeLength,
    resignRows,
    resignRows,
    resignMetadata,
  ]);
  return how(dice, base, file);
}

type Make = (dice: Dice, base: Base, file: string) => Case;

const flip: Make = (dice, {bytes}, file) => {
  const changed = Buffer.from(bytes);
  const count = 1 + dice.below(3);
  for (let i = 0; i < count; i++) changed[dice.below(bytes.length)] ^= 1 << dice.below(8);
  fs.writeFileSync(file, changed);
  return {what: `${count} bits flipped`, isSigned: false};
};

const truncate: Make = (dice, {bytes}, file) => {
  const length = dice.below(bytes.length);
  fs.writeFileSync(file, bytes.subarray(0, length));
  return {what: `cut to ${length} bytes`, isSigned: false};
};

/** A stretch of the file is left out, or comes from elsewhere in it. */
const splice: Make = (dice, {bytes}, file) => {
  const [from, at] = [8 * dice.below(bytes.length / 8), 8 * dice.below(bytes.length / 8)];
  const length = 8 * dice.below(2000);
  const middle = dice.below(2) === 0 ? bytes.subarray(0, 0) : bytes.subarray(from, from + length);
  fs.writeFileSync(file, Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + length)]));
  return {what: `bytes ${at} to ${at + length} are ${middle.length} bytes from ${from}`, isSigned: false};
};

const overwrite: Make = (dice, {bytes}, file) => {
  const changed = Buffer.from(bytes);
  const at = dice.below(bytes.length);
  const value = dice.pick([0, 0x7f, 0x80, 0xff]);
  changed.fill(value, at, at + 1 + dice.below(64));
  fs.writeFileSync(file, changed);
  return {what: `bytes from ${at} are ${value}`, isSigned: false};
};

const repeat: Make = (dice, {bytes}, file) => {
  const at = 8 * dice.below(bytes.length / 8);
  fs.writeFileSync(file, Buffer.concat([bytes.subarray(0, at), bytes.subarray(dice.below(2) === 0 ? at : 0)]));
  return {what: `goes on from byte ${at} with another part of itself`, isSigned: false};
};

/** A length or count of 32 or 64 bits says something huge. */
const forgeLength: Make = (dice, {bytes}, file) => {
  const changed = Buffer.from(bytes);
  const at = 4 * dice.below(Math.min(bytes.length, 40_000) / 4 - 2);
  const value = dice.pick([0xffffffff, 0x7fffffff, 0x80000000, 0x10000000, bytes.length]);
  changed.writeUInt32LE(value, at);
  if (dice.below(2) === 0) changed.writeUInt32LE(0, at + 4);
  fs.writeFileSync(file, changed);
  return {what: `the word at ${at} is ${value}`, isSigned: false};
};

/** Cells of some rows say something else, and every digest is right. */
const resignRows: Make = (dice, {rows, metadata, compression}, file) => {
  const writer = new TraceWriter(file, metadata, {rowsPerBatch, compression});
  const count = 1 + dice.below(3);
  const chosen = new Set(Array.from({length: count}, () => dice.below(rows.length)));
  let timeNs = 0;
  for (const [seq, original] of rows.entries()) {
    const row = original.slice();
    if (chosen.has(seq))
      row[1 + dice.below(rowFields - 1)] = dice.pick([none, 0, 1, 2, 255, 65_535, 2 ** 32 - 1, dice.below(40)]);
    row[Row.seq] = seq;
    if (row[Row.time] < timeNs) row[Row.time] = timeNs;
    timeNs = row[Row.time];
    writer.row(row);
  }
  writer.finish({ended: 'until', endNs: Math.max(timeNs, 2 ** 40)});
  return {what: `cells of rows ${[...chosen].join(', ')} changed, signed`, isSigned: true};
};

/** A number of the scenario in the metadata says something else, and every digest is right. */
const resignMetadata: Make = (dice, {rows, metadata, compression}, file) => {
  const scenario = structuredClone(metadata.scenario) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const collect = (node: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(node)) {
      places.push([node, key]);
      if (typeof value === 'object' && value !== null) collect(value as Record<string, unknown>);
    }
  };
  collect(scenario);
  const [node, key] = dice.pick(places);
  node[key] = dice.pick([-1, 0, 1, 2 ** 31, 2 ** 53 - 1, 1.5, null, 'pnp', [], {}, true, '\u001b[31m', 1e300]);
  const writer = new TraceWriter(file, {...metadata, scenario}, {rowsPerBatch, compression});
  for (const row of rows) writer.row(row);
  writer.finish({ended: 'until', endNs: 2 ** 45});
  return {what: `scenario: ${key} is ${JSON.stringify(node[key])}, signed`, isSigned: true};
};
