import fs from 'node:fs';
import {ApfError} from '../base/errors.js';

/** The file of -o for a result: it replaces what was there, but only once there is a result. */
export class ResultFile {
  private fd: number | null = null;

  /** @param inputs files that are read for the result; throws usage OUTPUT_IS_INPUT when it would replace one */
  constructor(
    private readonly path: string,
    inputs: readonly string[],
  ) {
    const input = inputs.find((candidate) => isSameFile(candidate, path));
    if (input !== undefined) {
      const message = `-o ${path}: it is the trace that is read, expected another name`;
      throw new ApfError('usage', 'OUTPUT_IS_INPUT', message);
    }
  }

  /** Throws io OUTPUT_WRITE. */
  write(text: string | Uint8Array): void {
    this.attempt(() => {
      this.fd ??= fs.openSync(this.path, 'w');
      fs.writeFileSync(this.fd, text);
    });
  }

  /** The result is whole: an empty one makes an empty file. Throws io OUTPUT_WRITE. */
  complete(): void {
    this.attempt(() => {
      this.fd ??= fs.openSync(this.path, 'w');
    });
  }

  close(): void {
    const {fd} = this;
    if (fd === null) return;
    this.fd = null;
    this.attempt(() => fs.closeSync(fd));
  }

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new ApfError('io', 'OUTPUT_WRITE', `${this.path}: cannot write the result: ${code}`);
    }
  }
}

function isSameFile(a: string, b: string): boolean {
  const left = fs.statSync(a, {throwIfNoEntry: false});
  const right = fs.statSync(b, {throwIfNoEntry: false});
  return left !== undefined && right !== undefined && left.ino === right.ino && left.dev === right.dev;
}
