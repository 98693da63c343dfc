import {randomBytes} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {ApfError} from '../base/errors.js';

/**
 * The file of -o for a result: it replaces what was there, but only once the result is whole; until then it is written
 * under another name beside it. A device or a pipe is written to as it is.
 */
export class ResultFile {
  private fd: number | null = null;
  /** The other name, and the one that it gets. */
  private names: {readonly temporary: string; readonly final: string} | null = null;

  /** What `checkResultFile` throws is thrown here. */
  constructor(
    private readonly name: string,
    inputs: readonly string[],
  ) {
    checkResultFile(name, inputs);
  }

  /** Throws io OUTPUT_WRITE. */
  write(text: string | Uint8Array): void {
    attempt(this.name, () => fs.writeFileSync(this.open(), text));
  }

  /** The result is whole: an empty one makes an empty file. Throws io OUTPUT_WRITE. */
  complete(): void {
    attempt(this.name, () => {
      fs.closeSync(this.open());
      this.fd = null;
      const {names} = this;
      if (names !== null) fs.renameSync(names.temporary, names.final);
      this.names = null;
    });
  }

  /** What is not complete is gone. */
  close(): void {
    const {fd, names} = this;
    this.fd = null;
    this.names = null;
    try {
      if (fd !== null) fs.closeSync(fd);
      if (names !== null) fs.unlinkSync(names.temporary);
    } catch {
      // The error that led here is the one to tell.
    }
  }

  private open(): number {
    if (this.fd !== null) return this.fd;
    const {name} = this;
    const found = fs.statSync(name, {throwIfNoEntry: false});
    if (isReplaced(name, found)) {
      const final = found === undefined ? name : fs.realpathSync(name);
      const temporary = path.join(path.dirname(final), `.apf-${randomBytes(8).toString('hex')}`);
      this.fd = fs.openSync(temporary, 'wx', found?.mode ?? 0o666);
      this.names = {temporary, final};
    } else {
      this.fd = fs.openSync(name, 'w');
    }
    return this.fd;
  }
}

/**
 * Whether a result can go there, told before there is one to lose; nothing is written.
 * @param inputs files that are read for the result
 * @throws ApfError usage OUTPUT_IS_INPUT when it would replace one of them, io OUTPUT_WRITE
 */
export function checkResultFile(name: string, inputs: readonly string[]): void {
  const found = attempt(name, () => {
    const stat = fs.statSync(name, {throwIfNoEntry: false});
    if (stat?.isDirectory()) throw Object.assign(new Error('a folder'), {code: 'EISDIR'});
    if (stat !== undefined) fs.accessSync(name, fs.constants.W_OK);
    if (isReplaced(name, stat)) fs.accessSync(path.dirname(name), fs.constants.W_OK);
    return stat;
  });
  if (found === undefined || !inputs.some((input) => isFile(input, found))) return;
  throw new ApfError('usage', 'OUTPUT_IS_INPUT', `-o ${name}: it is the trace that is read, expected another name`);
}

/** A regular file gives way to another; what /dev/stdout leads to does not. */
function isReplaced(name: string, found: fs.Stats | undefined): boolean {
  return found === undefined || (found.isFile() && !/^\/(dev|proc)\//.test(path.resolve(name)));
}

function attempt<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ApfError('io', 'OUTPUT_WRITE', `${name}: cannot write the result: ${code}`);
  }
}

/** What is wrong with an input is told by whoever reads it. */
function isFile(input: string, {ino, dev}: fs.Stats): boolean {
  try {
    const stat = fs.statSync(input);
    return stat.ino === ino && stat.dev === dev;
  } catch {
    return false;
  }
}
