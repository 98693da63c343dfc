import fs from 'node:fs';
import {assert} from '../../base/assert.js';
import {ApfError} from '../../base/errors.js';

/** A trace opened for positional reads: nothing but what is asked for is read. */
export class InputFile {
  private isClosed = false;

  private constructor(
    readonly path: string,
    private readonly fd: number,
    /** When it was opened. Unit: bytes. */
    readonly bytes: number,
  ) {}

  /** Throws inputMissing TRACE_MISSING, badData TRACE_NOT_A_FILE for a folder or a pipe, io TRACE_READ. */
  static open(path: string): InputFile {
    try {
      const stat = fs.statSync(path);
      if (!stat.isFile()) throw new ApfError('badData', 'TRACE_NOT_A_FILE', `${path}: not a file; expected a trace`);
      return new InputFile(path, fs.openSync(path, 'r'), stat.size);
    } catch (error) {
      throw readError(path, error);
    }
  }

  /**
   * The bytes from `offset` on: as many as asked for, or fewer where the file ends. Throws io TRACE_READ.
   * @param memory gives room for them; default: a new buffer
   */
  read(offset: number, bytes: number, memory: (bytes: number) => ArrayBuffer = newMemory): Uint8Array<ArrayBuffer> {
    // Its number may be another file's by now.
    assert(!this.isClosed, `${this.path} is closed`);
    const wanted = Math.max(0, Math.min(bytes, this.bytes - offset));
    const buffer = new Uint8Array(memory(wanted), 0, wanted);
    let filled = 0;
    try {
      while (filled < wanted) {
        const got = fs.readSync(this.fd, buffer, filled, wanted - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
    } catch (error) {
      throw readError(this.path, error);
    }
    return buffer.subarray(0, filled);
  }

  close(): void {
    this.isClosed = true;
    fs.closeSync(this.fd);
  }
}

/** Of its own, not from a pool: typed arrays of any width are laid over it. It is filled before anyone sees it. */
function newMemory(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

function readError(path: string, error: unknown): unknown {
  const {code, errno} = error as NodeJS.ErrnoException;
  // Without an errno it is no error of the system.
  if (code === undefined || errno === undefined) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ApfError('inputMissing', 'TRACE_MISSING', `${path}: no such trace`, ['apf record']);
  }
  return new ApfError('io', 'TRACE_READ', `${path}: cannot read the trace: ${code}`);
}
