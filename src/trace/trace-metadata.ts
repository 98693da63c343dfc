import {assert} from '../base/assert.js';
import {isNestedAtMost} from '../base/foreign-json.js';
import type {SchemaTexts} from './messages.js';
import {rowsPerBatchMax, type TraceMetadata, wordPattern} from './schema.js';

/** A scenario needs less than ten. */
const nestingMax = 100;

/** The metadata of the schema as pairs of key and text, in the order of the file. */
export function encodeMetadata(metadata: TraceMetadata, rowsPerBatch: number): SchemaTexts {
  assert(wordPattern.test(metadata.protocol), `protocol ${metadata.protocol}`);
  return [
    ['apf.format', String(metadata.format)],
    ['apf.behaviour', String(metadata.behaviour)],
    ['apf.protocol', metadata.protocol],
    ['apf.seed', String(metadata.seed)],
    ['apf.rows_per_batch', String(rowsPerBatch)],
    ['apf.scenario', JSON.stringify(metadata.scenario)],
  ];
}

/**
 * Reads the texts back; null when one of them is missing or not what an apf writes. The scenario is any JSON that is not
 * nested too deep.
 */
export function decodeMetadata(
  texts: ReadonlyMap<string, string>,
): {metadata: TraceMetadata; rowsPerBatch: number} | null {
  const format = parseWhole(texts.get('apf.format'));
  const behaviour = parseWhole(texts.get('apf.behaviour'));
  const protocol = texts.get('apf.protocol');
  const seed = parseWhole(texts.get('apf.seed'));
  const rowsPerBatch = parseWhole(texts.get('apf.rows_per_batch'));
  const scenarioText = texts.get('apf.scenario');
  if (format === null || behaviour === null || seed === null || rowsPerBatch === null) return null;
  if (rowsPerBatch < 1 || rowsPerBatch > rowsPerBatchMax) return null;
  if (protocol === undefined || !wordPattern.test(protocol) || scenarioText === undefined) return null;
  try {
    const scenario: unknown = JSON.parse(scenarioText);
    if (!isNestedAtMost(scenario, nestingMax)) return null;
    return {metadata: {format, behaviour, protocol, seed, scenario}, rowsPerBatch};
  } catch {
    return null;
  }
}

/** A whole number from 0 to 2^53 - 1 in its one decimal form, else null. */
export function parseWhole(text: string | undefined): number | null {
  if (text === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
