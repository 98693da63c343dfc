import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import type {ColumnName} from '../schema.js';
import {ColumnMemory} from './column-memory.js';
import {InputFile} from './input-file.js';
import {type BatchRequest, inspectBatch} from './inspect-batch.js';
import {RequestSlots} from './request-slots.js';

/* A thread that reads batches and verifies them, in the order in which they are asked for. */

/** What it is told when it begins. */
export interface BatchReaderStart {
  readonly path: string;
  /** Of `RequestSlots`. */
  readonly slots: SharedArrayBuffer;
  /** Where the answers go. */
  readonly answers: MessagePort;
}

export interface NumberedRequest extends BatchRequest {
  readonly number: number;
  /** Memory to use again. */
  readonly buffers: ReadonlyMap<ColumnName, ArrayBuffer>;
}

/** A batch without fault. What is wrong with another one is not told: who asked reads it anew. */
export interface BatchAnswer {
  readonly number: number;
  /** The bytes of each column begin its buffer. */
  readonly buffers: ReadonlyMap<ColumnName, ArrayBuffer>;
}

if (parentPort !== null) {
  const {path, slots: memory, answers} = workerData as BatchReaderStart;
  const file = InputFile.open(path);
  const slots = new RequestSlots(memory);
  const columns = new ColumnMemory();
  parentPort.on('message', ({number, buffers, ...request}: NumberedRequest) => {
    if (!slots.claim(number)) return;
    let isGood = false;
    try {
      columns.exchange(buffers);
      isGood = inspectBatch(file, request, columns, new Map()).next().done === true;
      const answer: BatchAnswer = {number, buffers: columns.exchange()};
      if (isGood) answers.postMessage(answer, [...answer.buffers.values()]);
    } finally {
      slots.finish(number, isGood);
    }
  });
}
