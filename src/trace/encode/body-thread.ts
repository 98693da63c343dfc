import {Worker} from 'node:worker_threads';
import type {MadeBody} from './body.js';
import type {BodyRequest} from './body-maker.js';

interface Waiting {
  readonly resolve: (body: MadeBody) => void;
  readonly reject: (error: Error) => void;
}

/** Makes bodies on a thread of its own, which keeps the process alive only while one is under way. */
export class BodyThread {
  private readonly worker = new Worker(new URL('./body-maker.js', import.meta.url));
  /** In the order in which they were asked for. */
  private readonly waiting: Waiting[] = [];

  constructor() {
    this.worker.unref();
    this.worker.on('message', (body: MadeBody) => this.next()?.resolve(body));
    this.worker.on('error', (error) => {
      for (let one = this.next(); one !== undefined; one = this.next()) one.reject(error);
    });
  }

  /** Nothing of what is handed over is to change before the promise holds; then the columns are in `memory`. */
  make(request: BodyRequest): Promise<MadeBody> {
    this.worker.ref();
    this.worker.postMessage(request);
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
