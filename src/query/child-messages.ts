import type {ErrorClass} from '../base/errors.js';
import type {WriteOptions, Written} from './format.js';
import type {QueryFormat} from './format-names.js';
import type {SessionOptions} from './run.js';
import type {RunOptions} from './session.js';

/** What the process that runs queries is asked, one at a time. */
export type Request =
  | {readonly ask: 'open'; readonly session: SessionOptions}
  | {readonly ask: 'run'; readonly run: RunRequest}
  /** After a piece: the next one. */
  | {readonly ask: 'next'};

export interface RunRequest {
  readonly sql: string;
  readonly options: RunOptions;
  readonly format: QueryFormat;
  readonly write: WriteOptions;
}

/** Its answer to each request. */
export type Reply =
  | {readonly is: 'opened'}
  /** Some of the result; `next` asks for more. */
  | {readonly is: 'piece'; readonly piece: string | Uint8Array}
  | {readonly is: 'done'; readonly written: Written}
  | {readonly is: 'error'; readonly error: PlainError};

/** An error as it goes from one process to the other; without a kind it is a bug of ours. */
export interface PlainError {
  readonly message: string;
  readonly stack: string;
  readonly user: {readonly kind: ErrorClass; readonly code: string; readonly suggestions: string[]} | null;
}
