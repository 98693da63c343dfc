import fs from 'node:fs';
import {readDuration} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import {parseBytes} from '../base/sizes.js';
import type {QueryFormat} from '../query/format-names.js';
import {memoryDefault} from './query-child.js';
import type {QueryLimits} from './query-process.js';

/** Ends of names that say the format of -o. */
const formatOfEnd: Readonly<Record<string, QueryFormat>> = {
  arrow: 'arrow',
  csv: 'csv',
  json: 'json',
  jsonl: 'ndjson',
  md: 'markdown',
  ndjson: 'ndjson',
  parquet: 'parquet',
  tsv: 'tsv',
};

/** Reads `-p name=value` flags. Throws usage SQL_PARAMETER. */
export function readParameters(flags: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const flag of flags) {
    const match = /^\$?(\w+)=([\s\S]*)$/.exec(flag);
    if (match === null) throw new ApfError('usage', 'SQL_PARAMETER', `-p ${flag}: expected name=value`);
    const [, name, value] = match;
    if (parameters.has(name)) throw new ApfError('usage', 'SQL_PARAMETER', `-p ${name}: given twice`);
    parameters.set(name, value);
  }
  return parameters;
}

/** More than anyone writes; what has no end is not read on. */
const sqlBytesMax = 2 ** 20;

/**
 * SQL from a file, or from stdin when its name is `-`.
 * Throws inputMissing INPUT_MISSING, io INPUT_READ, usage SQL_TOO_LONG.
 */
export async function readSql(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of path === '-' ? process.stdin : fs.createReadStream(path)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > sqlBytesMax) {
        const message = `${path}: found more than ${sqlBytesMax} bytes, expected SQL`;
        throw new ApfError('usage', 'SQL_TOO_LONG', message);
      }
    }
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (error instanceof ApfError) throw error;
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ApfError('inputMissing', 'INPUT_MISSING', `${path}: no such file`);
    throw new ApfError('io', 'INPUT_READ', `${path}: cannot read the SQL: ${code ?? error}`);
  }
}

/** The format of a result: the one asked for, else what the name of the file says, else a table. */
export function formatFor(asked: string | undefined, output: string | undefined): QueryFormat {
  return (asked as QueryFormat | undefined) ?? formatOfName(output ?? '') ?? 'table';
}

/** The format that the end of a file's name says; null: it says none. */
export function formatOfName(name: string): QueryFormat | null {
  const end = /\.([a-z]+)$/.exec(name)?.[1] ?? '';
  return Object.hasOwn(formatOfEnd, end) ? formatOfEnd[end] : null;
}

/**
 * What bounds a query: by default a minute, and half of the machine's memory; an unsafe one has only the bounds that
 * are asked for. Throws usage LIMIT.
 */
export function readLimits(timeout: string | undefined, memory: string | undefined, isUnsafe: boolean): QueryLimits {
  const timeoutNs = timeout === undefined ? null : readDuration(timeout);
  if (timeoutNs !== null && (!('ns' in timeoutNs) || timeoutNs.ns === 0)) {
    throw new ApfError('usage', 'LIMIT', `--timeout: found ${timeout}, expected a duration such as 500ms or 60s`);
  }
  const memoryBytes = memory === undefined ? null : parseBytes(memory);
  if (memory !== undefined && (memoryBytes === null || memoryBytes < memoryBytesMin)) {
    throw new ApfError('usage', 'LIMIT', `--memory: found ${memory}, expected a size such as 512MiB, at least 1MiB`);
  }
  const defaults = isUnsafe ? {timeoutMs: null, memoryBytes: null} : {timeoutMs: 60_000, memoryBytes: memoryDefault};
  return {
    timeoutMs: timeoutNs === null || !('ns' in timeoutNs) ? defaults.timeoutMs : timeoutNs.ns / 1e6,
    memoryBytes: memoryBytes ?? defaults.memoryBytes,
  };
}

const memoryBytesMin = 2 ** 20;
