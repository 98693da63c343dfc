import os from 'node:os';
import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads';
import {assert} from '../../base/assert.js';
import {bitsOfType, layoutBody} from '../layout.js';
import type {DictionaryCounts} from '../messages.js';
import {type ColumnName, columnNames, columnTable} from '../schema.js';
import type {BatchAnswer, BatchReaderStart, NumberedRequest} from './batch-reader.js';
import {type ColumnData, viewColumn} from './column-data.js';
import type {ColumnMemory} from './column-memory.js';
import {RequestSlots} from './request-slots.js';
import type {BatchInfo} from './scan-batches.js';

/** For one trace, and for all that are open. */
const threadsMax = 4;
const threadsOfAllMax = 8;
/** One that is read and one that waits, so that no thread is ever idle. */
const requestsPerThread = 2;
/** What is read ahead at most, decompressed: some 14 batches of the usual length. Unit: bytes. */
const bytesMaxDefault = 64 << 20;
/** Batches read one after the other before the next ones are expected, as a kernel does with the pages of a file. */
const batchesBefore = 2;
/** What is left to read, decompressed, when it takes longer than to start a thread. Unit: bytes. */
const bytesMinDefault = 32 << 20;
/** Scans of other columns at the same time; what the oldest has read ahead is then forgotten. */
const sequencesMax = 2;

/** Batches that are read with the same columns, in order. */
interface Sequence {
  /** The batch that is expected next. */
  next: number;
  /** How many came in order. */
  length: number;
  /** Those after it that a thread was asked for, in order. */
  readonly requests: {readonly number: number; readonly thread: BatchThread}[];
}

type Buffers = ReadonlyMap<ColumnName, ArrayBuffer>;

/**
 * Reads and verifies batches on other threads before they are wanted, once a trace is read in order. It only helps:
 * a batch that a thread does not have, or finds fault with, is read by whoever wants it.
 */
export class ReadAhead {
  private readonly slots = new RequestSlots();
  /** null: none were needed yet. */
  private threads: BatchThread[] | null = null;
  private readonly sequences = new Map<string, Sequence>();
  private requests = 0;
  /** Memory that batches are done with. */
  private readonly spare: Buffers[] = [];
  private hasEnded = false;

  constructor(
    private readonly path: string,
    private readonly batches: readonly BatchInfo[],
    private readonly counts: DictionaryCounts,
    private readonly bytesMin = bytesMinDefault,
    private readonly bytesMax = bytesMaxDefault,
  ) {}

  /**
   * The columns of a batch, verified, which are then in `memory`; null: the caller has to read it. What is expected
   * after it is asked for.
   */
  take(index: number, columns: readonly ColumnName[], memory: ColumnMemory): Map<ColumnName, ColumnData> | null {
    if (this.hasEnded) return null;
    const sequence = this.sequenceAt(index, columns);
    const request = sequence.requests.shift();
    this.ask(sequence, columns);
    if (request === undefined || this.slots.claim(request.number)) return null;
    const isGood = this.slots.wait(request.number);
    // A thread that does not answer would be waited for again.
    if (isGood === null) this.end();
    if (!isGood) {
      // It may be without fault: the slot of a request that nobody wanted for long is another's by now.
      request.thread.forget(request.number);
      return null;
    }
    const buffers = request.thread.answer(request.number);
    this.spare.push(memory.exchange(buffers));
    return viewBatch(this.batches[index], columns, buffers);
  }

  end(): void {
    this.hasEnded = true;
    for (const thread of this.threads ?? []) thread.end();
    this.threads = null;
  }

  /** The sequence that goes on with that batch, or begins with it. */
  private sequenceAt(index: number, columns: readonly ColumnName[]): Sequence {
    const key = columns.join();
    const found = this.sequences.get(key);
    if (found !== undefined && found.next === index) {
      found.next++;
      found.length++;
      return found;
    }
    if (found === undefined && this.sequences.size === sequencesMax) this.forget(this.sequences.keys().next().value);
    this.forget(key);
    const sequence: Sequence = {next: index + 1, length: 1, requests: []};
    this.sequences.set(key, sequence);
    return sequence;
  }

  private forget(key: string | undefined): void {
    if (key === undefined) return;
    for (const {number, thread} of this.sequences.get(key)?.requests ?? []) {
      if (!this.slots.claim(number)) thread.forget(number);
    }
    this.sequences.delete(key);
  }

  private ask({next, length, requests}: Sequence, columns: readonly ColumnName[]): void {
    if (length < batchesBefore) return;
    if (this.threads === null) {
      if (bytesOf(this.batches, next, this.batches.length, columns) < this.bytesMin) return;
      const threads = startThreads(this.path, this.slots.memory);
      if (threads.length === 0) return;
      this.threads = threads;
    }
    const {threads, batches, counts, bytesMax} = this;
    const requestsMax = Math.min(requestsPerThread * threads.length, batches.length - next);
    const isRoom = () => bytesOf(batches, next, next + requests.length + 1, columns) <= bytesMax;
    while (requests.length < requestsMax && isRoom()) {
      const info = batches[next + requests.length];
      const number = this.requests++;
      const thread = threads[number % threads.length];
      this.slots.open(number);
      thread.ask({number, info, columns, counts, buffers: this.spare.pop() ?? new Map()});
      requests.push({number, thread});
    }
  }
}

/** A thread that reads batches; it does not keep the process alive. */
class BatchThread {
  static running = 0;
  private readonly worker: Worker;
  private readonly answers: MessagePort;
  /** By the number of the request: those that came before they were wanted, for another sequence may go faster. */
  private readonly early = new Map<number, Buffers>();
  private readonly forgotten = new Set<number>();

  constructor(path: string, slots: SharedArrayBuffer) {
    const {port1, port2} = new MessageChannel();
    this.answers = port1;
    const workerData: BatchReaderStart = {path, slots, answers: port2};
    this.worker = new Worker(new URL('./batch-reader.js', import.meta.url), {workerData, transferList: [port2]});
    BatchThread.running++;
    this.worker.unref();
    // One that fails leaves its requests open, or is given up.
    this.worker.on('error', () => {});
  }

  ask(request: NumberedRequest): void {
    // Those that nobody wants would wait for ever, and hold memory.
    while (this.forgotten.size > 0 && this.receive());
    this.worker.postMessage(request, [...request.buffers.values()]);
  }

  /** What a request that is finished without fault has found. */
  answer(number: number): Buffers {
    while (!this.early.has(number)) assert(this.receive(), `request ${number} has no answer`);
    const found = this.early.get(number) as Buffers;
    this.early.delete(number);
    return found;
  }

  /** Nobody asks for the answer any more. */
  forget(number: number): void {
    if (!this.early.delete(number)) this.forgotten.add(number);
  }

  /** Takes an answer that has come; false: none has. */
  private receive(): boolean {
    const answer: BatchAnswer | undefined = receiveMessageOnPort(this.answers)?.message;
    if (answer === undefined) return false;
    if (!this.forgotten.delete(answer.number)) this.early.set(answer.number, answer.buffers);
    return true;
  }

  end(): void {
    BatchThread.running--;
    this.answers.close();
    void this.worker.terminate();
  }
}

/** None with only one processor; fewer, or none, where other traces have them or the system gives no more. */
function startThreads(path: string, slots: SharedArrayBuffer): BatchThread[] {
  const processors = os.availableParallelism();
  const count = processors === 1 ? 0 : Math.min(processors, threadsMax, threadsOfAllMax - BatchThread.running);
  const threads: BatchThread[] = [];
  try {
    while (threads.length < count) threads.push(new BatchThread(path, slots));
  } catch {
    // A limit of processes, or Node's of what it may do.
  }
  return threads;
}

/** What the columns of batches first to end - 1 take when they are decompressed. */
function bytesOf(batches: readonly BatchInfo[], first: number, end: number, columns: readonly ColumnName[]): number {
  if (first >= end) return 0;
  const last = batches[end - 1];
  const bits = columns.reduce((sum, name) => sum + bitsOfType(columnTable[columnNames.indexOf(name)].type), 0);
  return ((last.firstSeq + last.rows - batches[first].firstSeq) * bits) / 8;
}

function viewBatch(
  {rows, nullCounts}: BatchInfo,
  columns: readonly ColumnName[],
  buffers: Buffers,
): Map<ColumnName, ColumnData> {
  const layout = layoutBody(rows, nullCounts);
  const data = new Map<ColumnName, ColumnData>();
  for (const name of columns) {
    const number = columnNames.indexOf(name);
    const region = layout.columns[number];
    const bytes = new Uint8Array(buffers.get(name) as ArrayBuffer, 0, region.bytes);
    data.set(name, viewColumn(bytes, columnTable[number], region, rows));
  }
  return data;
}
