import {ApfError} from '../../base/errors.js';
import {FlatTable} from '../flat-table.js';
import {type DictionaryCounts, dictionaryCountsNow, encodePrefix, type Prefix, type SchemaTexts} from '../messages.js';
import {columnTable, formatVersion, magic, messageBytesMax, metadataKeys, type TraceMetadata} from '../schema.js';
import {decodeMetadata, parseWhole} from '../trace-metadata.js';
import type {InputFile} from './input-file.js';

/** What stands before the first batch. */
export interface ScannedPrefix {
  metadata: TraceMetadata;
  rowsPerBatch: number;
  counts: DictionaryCounts;
  texts: SchemaTexts;
  prefix: Prefix;
}

const magicBytes = 8;
/** More than any version has. */
const metadataKeysMax = 64;

/**
 * Reads the magic, the schema and the dictionaries, which are a function of the metadata and of the number of names in
 * each dictionary: they are encoded again and must be equal. Throws badData.
 */
export function scanPrefix(file: InputFile): ScannedPrefix {
  if (!Buffer.from(file.read(0, magic.length)).equals(Buffer.from(magic).subarray(0, file.bytes))) {
    throw new ApfError('badData', 'TRACE_FOREIGN', `${file.path}: not a trace of apf: it is no Arrow file`);
  }
  const schema = readMessage(file, magicBytes);
  const texts = schema.understand((message) => message.table(2).texts(2, metadataKeysMax));
  checkFormat(file, texts);
  const decoded = decodeMetadata(texts);
  if (decoded === null) {
    throw new ApfError(
      'badData',
      'TRACE_METADATA',
      `${file.path}: byte ${magicBytes}: the schema's metadata is damaged`,
    );
  }
  const kinds = readDictionary(file, schema.end);
  const reasons = readDictionary(file, kinds.end);
  const counts = {kind: kinds.count, reason: reasons.count};
  if (counts.kind > dictionaryCountsNow.kind || counts.reason > dictionaryCountsNow.reason) {
    throw new ApfError(
      'badData',
      'TRACE_KINDS',
      `${file.path}: byte ${schema.end}: ${counts.kind} kinds and ${counts.reason} reasons, this apf knows ` +
        `${dictionaryCountsNow.kind} and ${dictionaryCountsNow.reason}: damaged, or written by a newer apf`,
    );
  }
  const known = metadataKeys.map((key) => [key, texts.get(key) as string] as const);
  const prefix = encodePrefix(known, counts);
  const difference = firstDifference(file.read(0, prefix.bytes.length), prefix.bytes);
  if (difference < prefix.bytes.length) {
    if (difference >= file.bytes) throw cutPrefix(file);
    throw new ApfError('badData', 'TRACE_SCHEMA', `${file.path}: byte ${difference}: not the schema of a trace`);
  }
  return {...decoded, counts, texts: known, prefix};
}

/** The index of the first byte that differs; the expected length if none does. */
export function firstDifference(found: Uint8Array, expected: Uint8Array): number {
  if (Buffer.compare(found, expected) === 0) return expected.length;
  for (let index = 0; index < expected.length; index++) {
    if (found[index] !== expected[index]) return index;
  }
  return expected.length;
}

interface PrefixMessage {
  /** Where its header ends. */
  end: number;
  /** Runs a reading of the header, whose failure is bad data. */
  understand<T>(read: (message: FlatTable) => T): T;
}

function readMessage(file: InputFile, offset: number): PrefixMessage {
  const start = file.read(offset, 8);
  if (start.length < 8) throw cutPrefix(file);
  const view = new DataView(start.buffer);
  const headerBytes = view.getUint32(4, true);
  const damaged = () => {
    return new ApfError('badData', 'TRACE_SCHEMA', `${file.path}: byte ${offset}: not the schema of a trace`);
  };
  if (view.getUint32(0, true) !== 0xffffffff || headerBytes > messageBytesMax) throw damaged();
  if (offset + 8 + headerBytes > file.bytes) throw cutPrefix(file);
  const header = file.read(offset + 8, headerBytes);
  return {
    end: offset + 8 + headerBytes,
    understand(read) {
      try {
        return read(FlatTable.root(header));
      } catch (error) {
        if (error instanceof RangeError) throw damaged();
        throw error;
      }
    },
  };
}

function readDictionary(file: InputFile, offset: number): {count: number; end: number} {
  const message = readMessage(file, offset);
  return message.understand((table) => ({
    count: table.table(2).table(1).int64(0),
    end: message.end + table.int64(3),
  }));
}

function checkFormat(file: InputFile, texts: ReadonlyMap<string, string>): void {
  if (!texts.has('apf.format')) {
    throw new ApfError('badData', 'TRACE_FOREIGN', `${file.path}: an Arrow file, but not a trace of apf`);
  }
  const format = parseWhole(texts.get('apf.format'));
  if (format !== null && format > formatVersion) {
    throw new ApfError(
      'badData',
      'TRACE_FORMAT',
      `${file.path}: format ${format}, written by a newer apf; this one reads up to ${formatVersion}`,
    );
  }
}

function cutPrefix(file: InputFile): ApfError {
  return new ApfError(
    'badData',
    'TRACE_SCHEMA_CUT',
    `${file.path}: ends at byte ${file.bytes}, inside its schema (${columnTable.length} columns expected): nothing can be read`,
  );
}
