import {setImmediate as breathe} from 'node:timers/promises';
import {columnNames} from '../schema.js';
import {ColumnMemory} from './column-memory.js';
import type {TraceReader} from './trace-reader.js';

/** How far a reading of a trace is. */
export interface ReadProgress {
  events: number;
  eventsMax: number;
  /** What is done with them, where it is not what was asked for. */
  what?: string;
}

/**
 * Reads a compressed trace to its end and throws the first thing that is wrong with it. A small file can hold so many rows
 * that whoever works through them hears of a damage at the end late; to verify them alone takes a quarter of that, on
 * several threads. Without compression a file holds no more than its bytes: each batch is verified when it is read.
 * @throws ApfError as TraceReader.readBatch
 */
export async function verifyCompressed(
  reader: TraceReader,
  {signal, onProgress}: {signal?: AbortSignal | null; onProgress: ((progress: ReadProgress) => void) | null},
): Promise<void> {
  if (reader.compression !== 'zstd') return;
  const memory = new ColumnMemory();
  for (const {index, firstSeq} of reader.batches) {
    if (signal?.aborted) return;
    reader.readBatch(index, columnNames, memory);
    onProgress?.({events: firstSeq, eventsMax: reader.rows, what: 'verify'});
    await breathe();
  }
}
