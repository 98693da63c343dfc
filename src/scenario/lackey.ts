import {LineReader} from './line-reader.js';

/*
 * A trace of valgrind --tool=lackey --trace-mem=yes:
 *
 *   ==21198== Lackey, an example Valgrind tool    valgrind's own: skipped
 *   I  0401ab70,3                                 an instruction is fetched: 3 bytes at 0x401ab70
 *    S 1fff000768,8                               a store; L: a load; M: a load and a store, one access here
 */

/** An access to a page; the caller's, filled by LackeyReader.next. */
export interface PageAccess {
  /** The address / 4096: 0 to 2^52 - 1. */
  page: number;
  /** The byte in the page, 0 to 4095, that was accessed first. */
  offset: number;
  /** What the program computed before; see LackeyReader. */
  instructions: number;
  /** It fetches an instruction. */
  isFetch: boolean;
}

const equalsSign = 61;
const space = 32;
const comma = 44;
const letterI = 73;
const letterL = 76;
const letterM = 77;
const letterS = 83;

const pageBytes = 4096;
const pageCount = 4503599627370496;
const addressDigitsMax = 16;
const sizeDigitsMax = 5;

/** Where the size begins: after the kind, two blanks and at least one digit. */
const addressStart = 3;

/**
 * Reads the accesses of a lackey trace, plain or gzip, in constant memory.
 *
 * Consecutive accesses to one page are merged into the first of them. An access that crosses the end of a page is two,
 * in the order of their addresses. `instructions` is the number of I lines since the access returned before, the
 * access's own included when it is a fetch: what follows the first access of a merged run counts for the next run.
 *
 * `next` never waits, so that a driver without promises can use it: it answers 'more' about once in 15,000 lines, and
 * then `more` must be awaited before it is called again.
 */
export class LackeyReader {
  /** Lines read that are accesses, before merging: I, L, S and M. */
  accessCount = 0;
  private readonly lines: LineReader;
  private instructions = 0;
  private lastPage = -1;
  /** Pages that the current line's access has yet to touch, from `lastPage + 1` on. */
  private pagesLeft = 0;
  /** What the last line read says. */
  private page = 0;
  private offset = 0;
  private isFetch = false;

  constructor(path: string) {
    this.lines = new LineReader(path);
  }

  /** I lines since the access returned last; at the end, what the program computed after it. */
  get instructionsSince(): number {
    return this.instructions;
  }

  /**
   * Goes to the next access.
   * @param into is filled when the answer is true
   * @returns true; false: the trace has ended; 'more': await `more`, then call again
   * @throws ApfError LACKEY_LINE (badData), which names the file and the line
   */
  next(into: PageAccess): boolean | 'more' {
    if (this.pagesLeft > 0) {
      this.pagesLeft--;
      return this.take(into, this.lastPage + 1, 0);
    }
    for (;;) {
      const line = this.lines.line();
      if (line !== true) return line;
      if (!this.parse()) continue;
      if (this.page !== this.lastPage) return this.take(into, this.page, this.offset);
      if (this.pagesLeft > 0) {
        this.pagesLeft--;
        return this.take(into, this.page + 1, 0);
      }
    }
  }

  /** Reads on. @throws ApfError as readChunks */
  more(): Promise<void> {
    return this.lines.more();
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.lines.close();
  }

  private take(into: PageAccess, page: number, offset: number): true {
    into.page = page;
    into.offset = offset;
    into.instructions = this.instructions;
    into.isFetch = this.isFetch;
    this.instructions = 0;
    this.lastPage = page;
    return true;
  }

  /** Reads the current line into page, offset, pagesLeft and instructions. @returns false: it is valgrind's own */
  private parse(): boolean {
    const {bytes, start, end} = this.lines;
    const first = bytes[start];
    if (first === equalsSign && bytes[start + 1] === equalsSign && end - start >= 2) return false;
    const isFetch = first === letterI;
    if (!(isFetch ? bytes[start + 1] === space : first === space && isData(bytes[start + 1]))) throw this.bad();
    if (bytes[start + 2] !== space) throw this.bad();
    const from = start + addressStart;
    let at = from;
    while (at < end && bytes[at] !== comma) at++;
    const digits = at - from;
    if (digits === 0 || digits > addressDigitsMax || at === end) throw this.bad();
    const page = digits > 3 ? this.hex(from, at - 3) : 0;
    const offset = this.hex(digits > 3 ? at - 3 : from, at);
    const size = this.decimal(at + 1, end);
    const pagesMore = Math.floor((offset + size - 1) / pageBytes);
    if (page + pagesMore >= pageCount) throw this.bad();
    this.page = page;
    this.offset = offset;
    this.pagesLeft = pagesMore;
    this.accessCount++;
    this.isFetch = isFetch;
    if (isFetch) this.instructions++;
    return true;
  }

  private hex(from: number, to: number): number {
    const {bytes} = this.lines;
    let value = 0;
    for (let at = from; at < to; at++) {
      const code = bytes[at];
      let digit = code - 48;
      // 0 to 9, else a to f or A to F: clearing bit 5 makes them alike.
      if (digit < 0 || digit > 9) {
        digit = (code & 0xdf) - 55;
        if (digit < 10 || digit > 15) throw this.bad();
      }
      value = value * 16 + digit;
    }
    return value;
  }

  private decimal(from: number, to: number): number {
    const {bytes} = this.lines;
    let value = 0;
    for (let at = from; at < to; at++) {
      const digit = bytes[at] - 48;
      if (digit < 0 || digit > 9) throw this.bad();
      value = value * 10 + digit;
    }
    if (value === 0 || to - from > sizeDigitsMax) throw this.bad();
    return value;
  }

  private bad(): Error {
    return this.lines.badLine('LACKEY_LINE', 'a line of valgrind lackey such as "I  0401ab70,3" or " S 1fff000768,8"');
  }
}

/** Opens nothing yet: the first `next` answers 'more', and `more` opens the file. */
export function openLackey(path: string): LackeyReader {
  return new LackeyReader(path);
}

function isData(letter: number): boolean {
  return letter === letterL || letter === letterS || letter === letterM;
}
