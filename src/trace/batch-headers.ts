import {type BatchFacts, batchMetadata} from './batch-facts.js';
import {FlatTable} from './flat-table.js';
import {layoutStored} from './layout.js';
import {encodeBatchHeader} from './messages.js';

/** Where the numbers and texts of an encoded header stand. Unit: bytes. */
interface HeaderPlaces {
  /** Absent where the number is 0. */
  rows: number;
  bodyBytes: number;
  nodes: number;
  buffers: number;
  /** By key. */
  texts: ReadonlyMap<string, number>;
}

interface Template {
  shape: string;
  bytes: Uint8Array;
  places: HeaderPlaces;
}

/** The length and the mark before a message. */
const messageStart = 8;
/** A node is two numbers of 64 bits, and so is a buffer. */
const pairBytes = 16;

/**
 * Encodes the headers of a trace's batches one after the other, as `encodeBatchHeader` does: it is asked for the first
 * only, and for one of another shape. Most differ from the one before in numbers and in texts of equal length, which
 * are put where those stood; that takes a tenth of the time.
 */
export class BatchHeaders {
  private template: Template | null = null;

  encode(facts: BatchFacts, chain: string): Uint8Array {
    const layout = layoutStored(facts);
    const texts = batchMetadata(facts, chain);
    const shape = shapeOf(facts, layout.bytes, texts);
    if (this.template?.shape !== shape) {
      const bytes = encodeBatchHeader(facts, chain);
      this.template = {shape, bytes, places: placesIn(bytes, texts.size)};
      return bytes.slice();
    }
    const {places} = this.template;
    const bytes = Buffer.from(this.template.bytes);
    if (places.rows !== 0) putInt64(bytes, places.rows, facts.rows);
    if (places.bodyBytes !== 0) putInt64(bytes, places.bodyBytes, layout.bytes);
    let node = places.nodes;
    for (const nullCount of facts.nullCounts) {
      putInt64(bytes, node, facts.rows);
      putInt64(bytes, node + 8, nullCount);
      node += pairBytes;
    }
    let buffer = places.buffers;
    for (const column of layout.columns) {
      for (const region of [column.validity, column.values]) {
        putInt64(bytes, buffer, region.offset);
        putInt64(bytes, buffer + 8, region.bytes);
        buffer += pairBytes;
      }
    }
    for (const [key, text] of texts) bytes.write(text, places.texts.get(key) as number, 'latin1');
    return bytes;
  }
}

/** What decides where things stand in a header: which there are, and how long each text is. Numbers of 0 are left out. */
function shapeOf(facts: BatchFacts, bodyBytes: number, texts: ReadonlyMap<string, string>): string {
  let shape = `${facts.rows > 0} ${bodyBytes > 0} ${facts.storedBytes !== null} ${facts.nullCounts.length}`;
  for (const [key, text] of texts) shape += ` ${key} ${text.length}`;
  return shape;
}

function placesIn(bytes: Uint8Array, textsMax: number): HeaderPlaces {
  const message = FlatTable.root(bytes.subarray(messageStart));
  const batch = message.table(2);
  const from = (place: number) => (place === 0 ? 0 : place + messageStart);
  const texts = message.textPlaces(4, textsMax);
  return {
    rows: from(batch.place(0)),
    bodyBytes: from(message.place(3)),
    nodes: from(batch.vectorPlace(1)),
    buffers: from(batch.vectorPlace(2)),
    texts: new Map([...texts].map(([key, place]) => [key, from(place)])),
  };
}

function putInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}
