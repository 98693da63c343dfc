import {sha256} from '../batch-facts.js';
import {InputFile} from './input-file.js';
import {BatchScanner} from './scan-batches.js';
import {scanPrefix} from './scan-prefix.js';
import {TraceReader} from './trace-reader.js';

/**
 * Opens a trace: reads its schema and the header of each batch, but no rows. A file that ends early, or has a damaged
 * batch, opens: see `problems`.
 * Throws inputMissing TRACE_MISSING; badData for what is no trace, is of a newer format, is cut or damaged before its
 * first batch, or has a footer of another file; io TRACE_READ.
 */
export function openTrace(path: string): TraceReader {
  const file = InputFile.open(path);
  try {
    const prefix = scanPrefix(file);
    const scanned = new BatchScanner(file, prefix, sha256(prefix.prefix.bytes)).scan();
    return new TraceReader(file, prefix, scanned);
  } catch (error) {
    file.close();
    throw error;
  }
}
