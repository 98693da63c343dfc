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
  /** Why there is no thread any more. */
  private failure: Error | null = null;

  constructor() {
    this.worker.unref();
    this.worker.on('message', (body: MadeBody) => this.next()?.resolve(body));
    this.worker.on('error', (error) => this.fail(error));
  }

  /**
   * Nothing of what is handed over is to change before the promise holds; then the columns are in `memory`. It is rejected
   * when the thread fails, or has ended.
   */
  make(request: BodyRequest): Promise<MadeBody> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.worker.ref();
    this.worker.postMessage(request);
    return new Promise((resolve, reject) => {
      this.waiting.push({resolve, reject});
    });
  }

  end(): void {
    this.fail(new Error('the thread that makes bodies has ended'));
    void this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (let one = this.next(); one !== undefined; one = this.next()) one.reject(error);
  }

  private next(): Waiting | undefined {
    const first = this.waiting.shift();
    if (this.waiting.length === 0) this.worker.unref();
    return first;
  }
}
