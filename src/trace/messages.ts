import {MetadataVersion} from 'apache-arrow/enum';
import {CompressionType} from 'apache-arrow/fb/compression-type';
import {FileBlock, Footer} from 'apache-arrow/ipc/metadata/file';
import * as arrow from 'apache-arrow/ipc/metadata/message';
import {Field, Schema} from 'apache-arrow/schema';
import {Bool, type DataType, Dictionary, Int64, Uint8, Uint16, Uint32, Uint64, Utf8} from 'apache-arrow/type';
import {kindNames} from '../protocol/kinds.js';
import {reasonNames} from '../protocol/reasons.js';
import {type BatchFacts, batchMetadata} from './batch-facts.js';
import {layoutStored, padded} from './layout.js';
import {type ColumnType, columnTable, dictionaryIds, magic} from './schema.js';

/** The metadata of the schema as it stands in the file: pairs of key and text. */
export type SchemaTexts = readonly (readonly [string, string])[];

/** Where a message lies in the file. Unit: bytes. `headerBytes` counts the 8 bytes before the header and its padding. */
export interface MessageBlock {
  offset: number;
  headerBytes: number;
  bodyBytes: number;
}

/** The bytes before the first batch. */
export interface Prefix {
  bytes: Uint8Array;
  dictionaries: MessageBlock[];
}

/** How many names each dictionary holds: a trace of an older apf has fewer than this one knows. */
export interface DictionaryCounts {
  kind: number;
  reason: number;
}

export const dictionaryCountsNow: DictionaryCounts = {kind: kindNames.length, reason: reasonNames.length};

/**
 * The magic, the schema and the dictionaries. apache-arrow leaves out the schema here, as it is in the footer again;
 * with it, a file whose footer is lost can still be read.
 */
export function encodePrefix(texts: SchemaTexts, counts: DictionaryCounts): Prefix {
  const start = new Uint8Array(8);
  start.set(new TextEncoder().encode(magic));
  const schema = encapsulate(arrow.Message.encode(arrow.Message.from(arrowSchema(texts))));
  const kinds = dictionaryMessage(dictionaryIds.kind, kindNames.slice(0, counts.kind));
  const reasons = dictionaryMessage(dictionaryIds.reason, reasonNames.slice(0, counts.reason));
  const kindOffset = start.length + schema.length;
  const reasonOffset = kindOffset + kinds.header.length + kinds.body.length;
  return {
    bytes: concat([start, schema, kinds.header, kinds.body, reasons.header, reasons.body]),
    dictionaries: [
      {offset: kindOffset, headerBytes: kinds.header.length, bodyBytes: kinds.body.length},
      {offset: reasonOffset, headerBytes: reasons.header.length, bodyBytes: reasons.body.length},
    ],
  };
}

/** The message before the body of a batch. */
export function encodeBatchHeader(facts: BatchFacts, chain: string): Uint8Array {
  const layout = layoutStored(facts);
  const nodes = facts.nullCounts.map((nullCount) => new arrow.FieldNode(facts.rows, nullCount));
  const regions = layout.columns.flatMap((column) => [
    new arrow.BufferRegion(column.validity.offset, column.validity.bytes),
    new arrow.BufferRegion(column.values.offset, column.values.bytes),
  ]);
  const compression = facts.storedBytes === null ? null : new arrow.BodyCompression(CompressionType.ZSTD);
  const batch = new arrow.RecordBatch(facts.rows, nodes, regions, compression, [], batchMetadata(facts, chain));
  return encapsulate(arrow.Message.encode(arrow.Message.from(batch, layout.bytes)));
}

/** Everything after the last batch: the end of the messages, the footer, its length, the magic. */
export function encodeSuffix(
  texts: SchemaTexts,
  dictionaries: readonly MessageBlock[],
  batches: readonly MessageBlock[],
): Uint8Array {
  const footer = Footer.encode(
    new Footer(arrowSchema(texts), MetadataVersion.V5, batches.map(fileBlock), dictionaries.map(fileBlock)),
  );
  const end = new Uint8Array(4 + magic.length);
  new DataView(end.buffer).setInt32(0, footer.length, true);
  end.set(new TextEncoder().encode(magic), 4);
  return concat([Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0), footer, end]);
}

function fileBlock(block: MessageBlock): FileBlock {
  return new FileBlock(block.headerBytes, block.bodyBytes, block.offset);
}

function arrowSchema(texts: SchemaTexts): Schema {
  const fields = columnTable.map((column) => new Field(column.name, arrowType(column.type), column.nullable));
  return new Schema(fields, new Map(texts));
}

function arrowType(type: ColumnType): DataType {
  switch (type) {
    case 'uint8':
      return new Uint8();
    case 'uint16':
      return new Uint16();
    case 'uint32':
      return new Uint32();
    case 'uint64':
      return new Uint64();
    case 'int64':
      return new Int64();
    case 'bool':
      return new Bool();
    case 'kind':
    case 'reason':
      return new Dictionary(new Utf8(), new Uint8(), dictionaryIds[type]);
  }
}

function dictionaryMessage(id: number, names: readonly string[]): {header: Uint8Array; body: Uint8Array} {
  const text = new TextEncoder().encode(names.join(''));
  const offsetsBytes = 4 * (names.length + 1);
  const body = new Uint8Array(padded(offsetsBytes) + padded(text.length));
  const view = new DataView(body.buffer);
  let end = 0;
  names.forEach((name, index) => {
    end += name.length;
    view.setInt32(4 * (index + 1), end, true);
  });
  body.set(text, padded(offsetsBytes));
  const regions = [
    new arrow.BufferRegion(0, 0),
    new arrow.BufferRegion(0, offsetsBytes),
    new arrow.BufferRegion(padded(offsetsBytes), text.length),
  ];
  const batch = new arrow.RecordBatch(names.length, [new arrow.FieldNode(names.length, 0)], regions, null);
  const message = arrow.Message.from(new arrow.DictionaryBatch(batch, id), body.length);
  return {header: encapsulate(arrow.Message.encode(message)), body};
}

/** Puts the continuation mark and the length before a header, and pads it to 8 bytes. */
function encapsulate(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + padded(header.length));
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1, true);
  view.setInt32(4, bytes.length - 8, true);
  bytes.set(header, 8);
  return bytes;
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
