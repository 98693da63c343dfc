import fs from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {ApfError} from '../../base/errors.js';

/**
 * The file that a recording writes. Nothing is touched before the first bytes are there; then a regular file of that
 * name is renamed to `NAME.old.EXT` and the new one begins. A device or a pipe is written to as it is.
 */
export class OutputFile {
  private fd: number | null = null;
  private bytes = 0;
  /** An earlier file of the name now has its old name. */
  private isReplacing = false;
  private isDevice = false;
  private failure: ApfError | null = null;

  constructor(readonly path: string) {}

  /**
   * Appends the chunks. Throws io TRACE_WRITE, and again at each further call; when the first append fails, what was
   * there before is put back.
   */
  append(chunks: readonly Uint8Array[]): void {
    if (this.failure !== null) throw this.failure;
    const isFirst = this.fd === null;
    try {
      this.fd ??= this.open();
      for (let rest = filled(chunks); rest.length > 0; ) rest = this.after(rest, fs.writevSync(this.fd, rest));
    } catch (error) {
      throw this.failed(error, isFirst);
    }
  }

  /** The same on another thread; the chunks are not to change meanwhile. Call it anew only when its promise holds. */
  async appendInBackground(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const isFirst = this.fd === null;
    try {
      this.fd ??= this.open();
      for (let rest = filled(chunks); rest.length > 0; ) rest = this.after(rest, await writev(this.fd, rest));
    } catch (error) {
      throw this.failed(error, isFirst);
    }
  }

  close(): void {
    if (this.fd === null) return;
    const fd = this.fd;
    this.fd = null;
    try {
      fs.closeSync(fd);
    } catch (error) {
      this.failure = writeError(this.path, error, this.bytes);
      throw this.failure;
    }
  }

  private open(): number {
    // lstat: a link is moved itself, also one that leads nowhere.
    const entry = fs.lstatSync(this.path, {throwIfNoEntry: false});
    const target = fs.statSync(this.path, {throwIfNoEntry: false});
    // Such as /dev/stdout, which may lead to a file.
    const isSystemLink = entry?.isSymbolicLink() && /^\/(dev|proc)\//.test(path.resolve(this.path));
    if (target !== undefined && (!target.isFile() || isSystemLink)) {
      this.isDevice = true;
      return fs.openSync(this.path, 'w');
    }
    if (entry !== undefined) {
      fs.renameSync(this.path, oldName(this.path));
      this.isReplacing = true;
    }
    try {
      return fs.openSync(this.path, 'wx', 0o666);
    } catch (error) {
      if (this.isReplacing) fs.renameSync(oldName(this.path), this.path);
      throw error;
    }
  }

  /** What is left of the chunks when so many bytes of them are written. */
  private after(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
    this.bytes += bytes;
    let written = bytes;
    const rest: Uint8Array[] = [];
    for (const chunk of chunks) {
      if (written >= chunk.length) {
        written -= chunk.length;
        continue;
      }
      rest.push(written > 0 ? chunk.subarray(written) : chunk);
      written = 0;
    }
    return rest;
  }

  /** The error to throw, now and at each further call. */
  private failed(error: unknown, isFirst: boolean): ApfError {
    this.abandon(isFirst);
    this.failure = writeError(this.path, error, this.bytes);
    return this.failure;
  }

  /** Closes after an error. A file without one whole batch is worth nothing, the one that it replaced may be. */
  private abandon(isFirst: boolean): void {
    if (this.fd === null) return;
    const fd = this.fd;
    this.fd = null;
    try {
      fs.closeSync(fd);
      if (!isFirst || this.isDevice) return;
      if (this.isReplacing) fs.renameSync(oldName(this.path), this.path);
      else fs.unlinkSync(this.path);
    } catch {
      // The error that led here is the one to tell.
    }
  }
}

function filled(chunks: readonly Uint8Array[]): Uint8Array[] {
  return chunks.filter((chunk) => chunk.length > 0);
}

async function writev(fd: number, chunks: readonly Uint8Array[]): Promise<number> {
  return (await writevLater(fd, chunks)).bytesWritten;
}

const writevLater = promisify(fs.writev);

/** `apf.arrow` becomes `apf.old.arrow`; a name without extension gets `.old` at its end. */
export function oldName(name: string): string {
  const {dir, name: stem, ext} = path.parse(name);
  return path.join(dir, `${stem}.old${ext}`);
}

const reasons: Record<string, string> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is exhausted',
  EFBIG: 'the file would be larger than allowed',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EEXIST: 'another program created it at the same time',
  EPIPE: 'nobody reads the pipe any more',
};

function writeError(name: string, error: unknown, bytesWritten: number): ApfError {
  const {code, errno} = error as NodeJS.ErrnoException;
  // Without an errno it is no error of the system, but ours.
  if (code === undefined || errno === undefined) throw error;
  const reason = reasons[code] === undefined ? code : `${reasons[code]} (${code})`;
  const state = bytesWritten === 0 ? 'nothing was written' : `${bytesWritten} bytes were written`;
  return new ApfError('io', 'TRACE_WRITE', `${name}: cannot write the trace: ${reason}; ${state}`);
}
