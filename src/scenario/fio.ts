import {durationNsMax} from '../base/durations.js';
import {ApfError} from '../base/errors.js';
import {bounds} from './limits.js';
import {LineReader} from './line-reader.js';

const comma = 44;
const space = 32;
const fieldsNeeded = 5;

/**
 * The latencies of a fio log of --write_lat_log, plain or gzip: of each line, `time ms, latency ns, direction, bytes,
 * offset` and perhaps more, the second number. Reads and writes alike.
 * @returns integer ns in the order of the file, at least one
 * @throws ApfError FIO_LINE (badData), which names the file and the line; FIO_EMPTY (badData); TOO_MANY_SAMPLES (limit)
 */
export async function readFioLatencies(path: string): Promise<Float64Array> {
  const lines = new LineReader(path);
  let values = new Float64Array(4096);
  let count = 0;
  try {
    for (;;) {
      const line = lines.line();
      if (line === false) break;
      if (line === 'more') {
        await lines.more();
        continue;
      }
      if (count === values.length) values = grow(path, values);
      values[count++] = latencyOf(lines);
    }
  } finally {
    await lines.close();
  }
  if (count === 0) throw new ApfError('badData', 'FIO_EMPTY', `${path}: found no line, expected a fio latency log`);
  return values.slice(0, count);
}

function grow(path: string, values: Float64Array): Float64Array<ArrayBuffer> {
  if (values.length >= bounds.logSamplesMax) {
    const most = `expected at most ${bounds.logSamplesMax} lines`;
    throw new ApfError('limit', 'TOO_MANY_SAMPLES', `${path}: found more, ${most}`, [
      `head -n ${bounds.logSamplesMax}`,
    ]);
  }
  const grown = new Float64Array(values.length * 2);
  grown.set(values);
  return grown;
}

/** Reads `number, number, number, number, number[, …]`: the second is the answer; what follows the fifth may be any. */
function latencyOf(lines: LineReader): number {
  const {bytes, start, end} = lines;
  let field = 0;
  let digits = 0;
  let value = 0;
  let latency = 0;
  for (let at = start; at <= end && field < fieldsNeeded; at++) {
    const code = at < end ? bytes[at] : comma;
    if (code === comma) {
      if (digits === 0) throw bad(lines);
      if (field === 1) latency = value;
      field++;
      digits = 0;
      value = 0;
      // One blank or none after a comma.
      if (at + 1 < end && bytes[at + 1] === space) at++;
    } else {
      const digit = code - 48;
      if (digit < 0 || digit > 9) throw bad(lines);
      value = value * 10 + digit;
      digits++;
    }
  }
  if (field < fieldsNeeded || latency > durationNsMax) throw bad(lines);
  return latency;
}

function bad(lines: LineReader): ApfError {
  return lines.badLine('FIO_LINE', 'time in ms, latency in ns, direction, bytes, offset');
}
