import {none, Row} from '../../protocol/row.js';
import {type ColumnName, columnNames} from '../schema.js';
import {ColumnMemory} from './column-memory.js';
import type {TraceBatch, TraceReader} from './trace-reader.js';

const empty32: Uint32Array = new Uint32Array(0);
const empty16: Uint16Array = new Uint16Array(0);
const empty8: Uint8Array = new Uint8Array(0);

/**
 * The rows of a trace one after the other, in one register; nothing is allocated a row. A batch is read when its first
 * row is wanted, all columns of it, so that no row of a damaged batch comes out.
 */
export class RowCursor {
  private batch = -1;
  private index = 0;
  private rows = 0;
  private firstSeq = 0;
  private times = empty32;
  private vcpus = empty16;
  private tasks = empty32;
  private kinds = empty8;
  private choices = empty8;
  private faults = empty32;
  private causes = empty32;
  private tokens = empty32;
  private gpas = empty32;
  private gvas = empty32;
  private reasons = empty8;
  private results = empty8;
  private values = empty32;
  private hasVcpu = empty8;
  private hasTask = empty8;
  private hasFault = empty8;
  private hasCause = empty8;
  private hasToken = empty8;
  private hasGpa = empty8;
  private hasGva = empty8;
  private hasReason = empty8;
  private hasResult = empty8;
  private hasValue = empty8;
  private readonly memory = new ColumnMemory();
  /** Stands for the bitmap of a column without nulls. */
  private readonly allValid: Uint8Array;

  constructor(private readonly reader: TraceReader) {
    this.allValid = new Uint8Array(Math.ceil(reader.rowsPerBatch / 8)).fill(0xff);
  }

  /** Puts the next row into the register; false after the last one. Throws badData at a damaged batch. */
  next(into: Float64Array): boolean {
    while (this.index === this.rows) {
      if (this.batch + 1 >= this.reader.batches.length) return false;
      this.load(this.batch + 1);
    }
    const i = this.index++;
    const low = 2 * i;
    const byte = i >>> 3;
    const bit = 1 << (i & 7);
    into[Row.seq] = this.firstSeq + i;
    into[Row.time] = this.times[low + 1] * 2 ** 32 + this.times[low];
    into[Row.kind] = this.kinds[i];
    into[Row.choice] = (this.choices[byte] & bit) === 0 ? 0 : 1;
    into[Row.vcpu] = (this.hasVcpu[byte] & bit) === 0 ? none : this.vcpus[i];
    into[Row.task] = (this.hasTask[byte] & bit) === 0 ? none : this.tasks[i];
    into[Row.token] = (this.hasToken[byte] & bit) === 0 ? none : this.tokens[i];
    into[Row.reason] = (this.hasReason[byte] & bit) === 0 ? none : this.reasons[i];
    into[Row.result] = (this.hasResult[byte] & bit) === 0 ? none : this.results[i];
    into[Row.fault] = (this.hasFault[byte] & bit) === 0 ? none : this.faults[low + 1] * 2 ** 32 + this.faults[low];
    into[Row.cause] = (this.hasCause[byte] & bit) === 0 ? none : this.causes[low + 1] * 2 ** 32 + this.causes[low];
    into[Row.value] = (this.hasValue[byte] & bit) === 0 ? none : this.values[low + 1] * 2 ** 32 + this.values[low];
    const isGpaNull = (this.hasGpa[byte] & bit) === 0;
    into[Row.gpaLo] = isGpaNull ? none : this.gpas[low];
    into[Row.gpaHi] = isGpaNull ? none : this.gpas[low + 1];
    const isGvaNull = (this.hasGva[byte] & bit) === 0;
    into[Row.gvaLo] = isGvaNull ? none : this.gvas[low];
    into[Row.gvaHi] = isGvaNull ? none : this.gvas[low + 1];
    return true;
  }

  /** Makes the row of that seq the next one; past the last row, `next` is false. Throws badData at a damaged batch. */
  seek(seq: number): void {
    const batch = Math.min(Math.floor(seq / this.reader.rowsPerBatch), this.reader.batches.length - 1);
    if (batch < 0) return;
    if (batch !== this.batch) this.load(batch);
    this.index = Math.min(seq - this.firstSeq, this.rows);
  }

  private load(index: number): void {
    // Should it throw: the rows that were there are gone, and `next` comes here again.
    this.batch = index - 1;
    this.index = 0;
    this.rows = 0;
    const batch = this.reader.readBatch(index, columnNames, this.memory);
    this.batch = index;
    this.rows = batch.rows;
    this.firstSeq = batch.firstSeq;
    this.times = batch.column('time_ns').words;
    this.vcpus = batch.column('vcpu').values as Uint16Array;
    this.tasks = words32(batch, 'task');
    this.kinds = bytes(batch, 'kind');
    this.choices = bytes(batch, 'choice');
    this.faults = batch.column('fault').words;
    this.causes = batch.column('cause').words;
    this.tokens = words32(batch, 'token');
    this.gpas = batch.column('gpa').words;
    this.gvas = batch.column('gva').words;
    this.reasons = bytes(batch, 'reason');
    this.results = bytes(batch, 'result');
    this.values = batch.column('value').words;
    this.hasVcpu = this.validity(batch, 'vcpu');
    this.hasTask = this.validity(batch, 'task');
    this.hasFault = this.validity(batch, 'fault');
    this.hasCause = this.validity(batch, 'cause');
    this.hasToken = this.validity(batch, 'token');
    this.hasGpa = this.validity(batch, 'gpa');
    this.hasGva = this.validity(batch, 'gva');
    this.hasReason = this.validity(batch, 'reason');
    this.hasResult = this.validity(batch, 'result');
    this.hasValue = this.validity(batch, 'value');
  }

  private validity(batch: TraceBatch, name: ColumnName): Uint8Array {
    return batch.column(name).validity ?? this.allValid;
  }
}

function words32(batch: TraceBatch, name: ColumnName): Uint32Array {
  return batch.column(name).values as Uint32Array;
}

function bytes(batch: TraceBatch, name: ColumnName): Uint8Array {
  return batch.column(name).values as Uint8Array;
}
