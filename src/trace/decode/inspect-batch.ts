import {kindTable} from '../../protocol/kinds.js';
import {sha256} from '../batch-facts.js';
import {decompressColumn} from '../compression.js';
import {isPaddingZero, layoutBody, layoutStored} from '../layout.js';
import type {DictionaryCounts} from '../messages.js';
import {type ColumnName, columnNames, columnTable} from '../schema.js';
import {type ColumnData, implausibleColumn, viewColumn, wrongChoice} from './column-data.js';
import type {ColumnMemory} from './column-memory.js';
import type {InputFile} from './input-file.js';
import type {BatchInfo, TraceProblem} from './scan-batches.js';

/** The columns of one batch that are wanted. */
export interface BatchRequest {
  readonly info: BatchInfo;
  readonly columns: readonly ColumnName[];
  /** How many of the names of kinds and reasons the file uses. */
  readonly counts: DictionaryCounts;
}

/**
 * Reads those columns, and only their bytes, into `memory`, and verifies them; yields what is wrong with them. A column
 * that is good is put into `data`. Throws io TRACE_READ.
 */
export function* inspectBatch(
  file: InputFile,
  {info, columns, counts}: BatchRequest,
  memory: ColumnMemory,
  data: Map<ColumnName, ColumnData>,
): Generator<TraceProblem> {
  const layout = layoutBody(info.rows, info.nullCounts);
  const isPlain = info.storedBytes === null;
  const layoutInFile = isPlain ? layout : layoutStored(info);
  for (const name of columns) {
    const number = columnNames.indexOf(name);
    const column = columnTable[number];
    const region = layout.columns[number];
    const stored = layoutInFile.columns[number];
    const offset = info.offset + info.headerBytes + stored.offset;
    const room = (bytes: number) => memory.take(name, bytes);
    const found = file.read(offset, stored.bytes, isPlain ? room : (bytes) => memory.takeCompressed(bytes));
    const where = `batch ${info.index}, column ${name}`;
    const bytes = isPlain ? found : decompressColumn(found, stored, region, room(region.bytes));
    if (bytes === null) {
      const message = `${where}: no zstd compression of ${region.validity.bytes + region.values.bytes} bytes`;
      yield {code: 'TRACE_COMPRESSION', message, offset};
      continue;
    }
    const digest = sha256(bytes);
    const expected = info.columnDigests[number];
    if (bytes.length !== region.bytes || digest !== expected) {
      yield {code: 'TRACE_DIGEST', message: `${where}: SHA-256 is ${digest}, expected ${expected}`, offset};
      continue;
    }
    const values = viewColumn(bytes, column, region, info.rows);
    const fault = isPaddingZero(bytes, region)
      ? implausibleColumn(column, values, info, info.nullCounts[number], counts)
      : 'the padding is not zero';
    if (fault === null) data.set(name, values);
    else yield {code: 'TRACE_VALUE', message: `${where}: ${fault}`, offset};
  }
  const kinds = data.get('kind');
  const choices = data.get('choice');
  const row = kinds === undefined || choices === undefined ? -1 : wrongChoice(kinds, choices);
  if (row !== -1) {
    const kind = kindTable[kinds?.values[row] as number].name;
    const message = `batch ${info.index}, column choice: not what it is for ${kind}, in row ${info.firstSeq + row}`;
    yield {code: 'TRACE_VALUE', message, offset: info.offset};
  }
}
