import {createHash} from 'node:crypto';
import {type FileHandle, open, stat} from 'node:fs/promises';
import {pipeline, Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {ApfError} from '../base/errors.js';

const chunkBytes = 262144;

/**
 * The bytes of a file, unpacked when it is gzip (which its first two bytes tell, not its name), in chunks of moderate
 * size: memory does not grow with the file. Each chunk is the caller's to keep. The file is closed when the iteration
 * ends or is left.
 * @throws ApfError INPUT_MISSING, INPUT_UNREADABLE (io), INPUT_NOT_A_FILE or GZIP_DAMAGED (badData)
 */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await openFile(path);
    try {
      const {bytesRead, buffer} = await file.read(Buffer.alloc(2), 0, 2, 0);
      const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
      yield* isGzip ? unpack(file) : storedChunks(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputError(path, error);
  }
}

/**
 * The SHA-256 of a file's bytes as stored, in hex.
 * @throws ApfError as readChunks
 */
export async function hashFile(path: string): Promise<string> {
  try {
    const file = await openFile(path);
    const hash = createHash('sha256');
    try {
      for await (const chunk of storedChunks(file)) hash.update(chunk);
    } finally {
      await file.close();
    }
    return hash.digest('hex');
  } catch (error) {
    throw inputError(path, error);
  }
}

/** A file is read several times, and to its end: a pipe has nothing the second time, and a device no end. */
async function openFile(path: string): Promise<FileHandle> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory())
    throw new ApfError('badData', 'INPUT_NOT_A_FILE', `${path}: found a pipe or a device, expected a file`);
  return open(path);
}

/** Turns an error of reading a file into one that names the file; any other error passes. */
export function inputError(path: string, error: unknown): unknown {
  if (error instanceof ApfError || !(error instanceof Error)) return error;
  const {code = ''} = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new ApfError('inputMissing', 'INPUT_MISSING', `${path}: no such file`);
  if (code.startsWith('Z_')) {
    const found = `found damaged gzip data (${error.message})`;
    return new ApfError('badData', 'GZIP_DAMAGED', `${path}: ${found}, expected a whole file`);
  }
  if (code.startsWith('E')) return new ApfError('io', 'INPUT_UNREADABLE', `${path}: cannot be read (${error.message})`);
  return error;
}

async function* storedChunks(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const {bytesRead, buffer} = await file.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpack(file: FileHandle): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({chunkSize: chunkBytes});
  // An error of either end reaches the iteration over gunzip; nothing is left to do about it here.
  pipeline(Readable.from(storedChunks(file)), gunzip, () => {});
  for await (const chunk of gunzip) yield chunk as Buffer;
}
