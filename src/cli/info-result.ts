import {setImmediate as breathe} from 'node:timers/promises';
import {formatNs} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import {textOf} from '../base/foreign-json.js';
import {terminalText} from '../base/terminal-text.js';
import {ColumnMemory} from '../trace/decode/column-memory.js';
import {damagedBatchesMax, type TraceReader} from '../trace/decode/trace-reader.js';
import type {ColumnName} from '../trace/schema.js';
import {alignLeft} from './columns.js';
import type {Json} from './json.js';

/** A batch that cannot be read. */
export interface Damage {
  batch: number;
  code: string;
  /** With the file, the place in it, and what is wrong. */
  message: string;
}

/** Reads every batch; the answer is one entry for each that is damaged, up to `damagedBatchesMax`. */
export async function damagedBatches(
  reader: TraceReader,
  columns: readonly ColumnName[],
  onProgress: (progress: {events: number; eventsMax: number}) => void,
): Promise<Damage[]> {
  const damage: Damage[] = [];
  const memory = new ColumnMemory();
  for (const {index, firstSeq} of reader.batches) {
    if (damage.length >= damagedBatchesMax) break;
    try {
      reader.readBatch(index, columns, memory);
    } catch (error) {
      if (!(error instanceof ApfError) || error.kind !== 'badData') throw error;
      damage.push({batch: index, code: error.code, message: error.message});
    }
    onProgress({events: firstSeq, eventsMax: reader.rows});
    await breathe();
  }
  return damage;
}

export function infoDocument(reader: TraceReader, damage: readonly Damage[]): Json {
  const {metadata} = reader;
  const problems = reader.problems.map(({code, message, offset}) => ({code, message, offset}));
  const found = damage
    .filter(({code, message}) => !problems.some((known) => known.code === code && message.endsWith(known.message)))
    .map(({batch, code, message}) => ({code, message, batch}));
  return {
    format: metadata.format,
    behaviour: metadata.behaviour,
    complete: reader.complete && damage.length === 0,
    events: reader.rows,
    batches: reader.batches.length,
    bytes: reader.bytes,
    compression: reader.compression,
    protocol: metadata.protocol,
    seed: metadata.seed,
    scenario: textOf(metadata.scenario, 'name'),
    digest: reader.digest,
    ended: reader.end?.ended ?? null,
    time_ns: timeNs(reader),
    problems: [...problems, ...found],
    scenario_full: metadata.scenario as Json,
  };
}

export function infoLines(reader: TraceReader, damage: readonly Damage[]): string[] {
  const {metadata, end} = reader;
  const name = textOf(metadata.scenario, 'name') ?? '(no name)';
  const description = textOf(metadata.scenario, 'description') ?? '';
  const state =
    damage.length > 0 ? `of which damaged: ${damage.length}${damage.length < damagedBatchesMax ? '' : ' or more'}` : '';
  const rows = [
    ['scenario', terminalText(description === '' ? name : `${name}: ${description}`)],
    ['protocol', metadata.protocol],
    ['seed', String(metadata.seed)],
    ['events', String(reader.rows)],
    ['time', `${formatNs(timeNs(reader))} of virtual time`],
    ['complete', reader.complete && damage.length === 0 ? `yes, ended: ${end?.ended}` : 'no'],
    ['batches', `${reader.batches.length}${state === '' ? '' : `, ${state}`}`],
    ['size', sizeText(reader)],
    ['format', `${metadata.format}, behaviour ${metadata.behaviour}`],
    ['digest', damage.length === 0 ? reader.digest : `${reader.digest} before it was damaged`],
  ];
  return [`${terminalText(reader.path)}:`, ...alignLeft(rows.map(([key, value]) => [`  ${key}`, value]))];
}

/** How long the run took, or as much of it as is there. */
function timeNs(reader: TraceReader): number {
  return reader.end?.endNs ?? reader.batches.findLast((batch) => batch.rows > 0)?.lastNs ?? 0;
}

function sizeText({bytes, rows, compression}: TraceReader): string {
  const perEvent = rows === 0 ? '' : `, ${(bytes / rows).toFixed(1)} an event`;
  return `${bytes} bytes${perEvent}, compression ${compression ?? 'unknown'}`;
}
