import {ApfError} from '../base/errors.js';
import {readChunks} from './byte-source.js';

const newline = 10;

/** The longest line of any format read here has a tenth of this. */
const lineBytesMax = 4096;

/**
 * Walks over the lines of a file, plain or gzip, without a string for each. A line is `bytes` from `start` to `end`
 * (its newline left out), good until the next call of `more`. Lines are taken synchronously by `line`, chunk by chunk;
 * only `more` waits.
 */
export class LineReader {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Of the current line, from 1. */
  lineNumber = 0;
  private nextStart = 0;
  private ended = false;
  private readonly chunks: AsyncGenerator<Uint8Array>;

  /** Opens nothing: the file is opened by the first `more`. */
  constructor(readonly path: string) {
    this.chunks = readChunks(path);
  }

  /**
   * Goes to the next line.
   * @returns true: `start` and `end` hold it; false: there is none; 'more': call `more` first
   */
  line(): boolean | 'more' {
    const at = this.bytes.indexOf(newline, this.nextStart);
    if (at < 0) {
      if (!this.ended) return 'more';
      if (this.nextStart === this.bytes.length) return false;
    }
    this.start = this.nextStart;
    this.end = at < 0 ? this.bytes.length : at;
    this.nextStart = at < 0 ? this.bytes.length : at + 1;
    this.lineNumber++;
    return true;
  }

  /**
   * Reads the next chunk; what is left of the one before is kept.
   * @throws ApfError as readChunks, or LINE_TOO_LONG (badData)
   */
  async more(): Promise<void> {
    const rest = this.bytes.subarray(this.nextStart);
    if (rest.length > lineBytesMax) throw this.badLine('LINE_TOO_LONG', `${lineBytesMax} bytes at most`, 1);
    const next = await this.chunks.next();
    if (next.done === true) {
      this.ended = true;
      return;
    }
    const joined = new Uint8Array(rest.length + next.value.length);
    joined.set(rest);
    joined.set(next.value, rest.length);
    this.bytes = joined;
    this.nextStart = 0;
  }

  /** Closes the file. Harmless when it is closed already. */
  async close(): Promise<void> {
    this.ended = true;
    await this.chunks.return(undefined);
  }

  /** An error that names the current line. @param ahead lines that the error is further on */
  badLine(code: string, expected: string, ahead = 0): ApfError {
    const from = ahead === 0 ? this.start : this.nextStart;
    const to = Math.min(ahead === 0 ? this.end : this.bytes.length, from + 60);
    const found = JSON.stringify(Buffer.from(this.bytes.subarray(from, to)).toString('latin1'));
    return new ApfError(
      'badData',
      code,
      `${this.path}:${this.lineNumber + ahead}: found ${found}, expected ${expected}`,
    );
  }
}
