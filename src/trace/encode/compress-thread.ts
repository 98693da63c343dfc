import {Worker} from 'node:worker_threads';
import type {CompressedBody} from '../compression.js';
import type {PlainBody} from './compressor.js';

interface Waiting {
  readonly resolve: (body: CompressedBody) => void;
  readonly reject: (error: Error) => void;
}

/** Compresses bodies on a thread of its own, which keeps the process alive only while one is under way. */
export class CompressThread {
  private readonly worker = new Worker(new URL('./compressor.js', import.meta.url));
  /** In the order in which they were asked for. */
  private readonly waiting: Waiting[] = [];

  constructor() {
    this.worker.unref();
    this.worker.on('message', (body: CompressedBody) => this.next()?.resolve(body));
    this.worker.on('error', (error) => {
      for (let one = this.next(); one !== undefined; one = this.next()) one.reject(error);
    });
  }

  /** @param columns as they would stand in the file; copied at once */
  compress(rows: number, nullCounts: readonly number[], columns: readonly Uint8Array[]): Promise<CompressedBody> {
    const copies = columns.map((bytes) => new Uint8Array(bytes));
    this.worker.ref();
    const body: PlainBody = {rows, nullCounts, columns: copies};
    this.worker.postMessage(
      body,
      copies.map(({buffer}) => buffer),
    );
    return new Promise((resolve, reject) => {
      this.waiting.push({resolve, reject});
    });
  }

  end(): void {
    void this.worker.terminate();
  }

  private next(): Waiting | undefined {
    const first = this.waiting.shift();
    if (this.waiting.length === 0) this.worker.unref();
    return first;
  }
}
