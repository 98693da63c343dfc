import fs from 'node:fs';
import path from 'node:path';
import {ApfError} from '../base/errors.js';

/** The file of -o for a result: it replaces what was there, but only once there is a result. */
export class ResultFile {
  private fd: number | null = null;

  /** What `checkResultFile` throws is thrown here. */
  constructor(
    private readonly name: string,
    inputs: readonly string[],
  ) {
    checkResultFile(name, inputs);
  }

  /** Throws io OUTPUT_WRITE. */
  write(text: string | Uint8Array): void {
    this.attempt(() => {
      this.fd ??= fs.openSync(this.name, 'w');
      fs.writeFileSync(this.fd, text);
    });
  }

  /** The result is whole: an empty one makes an empty file. Throws io OUTPUT_WRITE. */
  complete(): void {
    this.attempt(() => {
      this.fd ??= fs.openSync(this.name, 'w');
    });
  }

  close(): void {
    const {fd} = this;
    if (fd === null) return;
    this.fd = null;
    this.attempt(() => fs.closeSync(fd));
  }

  private attempt(act: () => void): void {
    attempt(this.name, act);
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
    fs.accessSync(stat === undefined ? path.dirname(name) : name, fs.constants.W_OK);
    return stat;
  });
  if (found === undefined || !inputs.some((input) => isFile(input, found))) return;
  throw new ApfError('usage', 'OUTPUT_IS_INPUT', `-o ${name}: it is the trace that is read, expected another name`);
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
