import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Message,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';

/** Types of a table that is no trace, such as the result of a query. */
export type TableType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'utf8'
  /** 128 bits. */
  | {readonly decimal: {readonly precision: number; readonly scale: number}}
  /** A dictionary of these words. */
  | {readonly words: readonly string[]}
  | {readonly list: TableType}
  | {readonly struct: readonly TableColumn[]};

export interface TableColumn {
  readonly name: string;
  readonly type: TableType;
}

/**
 * A value of a column: a bigint for 64 bits and for decimals (times 10 to the scale), a word of a dictionary, an array
 * for a list, an array of the members' values for a struct.
 */
export type TableValue = null | boolean | number | bigint | string | readonly TableValue[];

/** Writes any table as an Arrow IPC file, batch by batch. The same calls give the same bytes. */
export class ArrowTableWriter {
  private readonly sink = new Pieces();
  private readonly writer = new FileWriter();
  private readonly schema: Schema;
  /** The dictionary of each column that has one: the same object in each batch, so that it is written once. */
  private readonly dictionaries: readonly (Vector<Utf8> | null)[];

  constructor(private readonly columns: readonly TableColumn[]) {
    let dictionaryId = 0;
    this.schema = new Schema(
      columns.map(
        ({name, type}) =>
          new Field(
            name,
            arrowType(type, () => dictionaryId++),
            true,
          ),
      ),
    );
    this.dictionaries = columns.map(({type}) => (hasWords(type) ? textVector(type.words) : null));
    this.writer.reset(this.sink, this.schema);
  }

  /** @param rows the rows of a batch, at least one. Returns the next bytes of the file. */
  batch(rows: readonly (readonly TableValue[])[]): Uint8Array {
    const children = this.columns.map((_, index) => this.column(index, rows));
    const type = new Struct(this.schema.fields);
    this.writer.write(new RecordBatch(this.schema, makeData({type, length: rows.length, nullCount: 0, children})));
    return this.sink.take();
  }

  /** Returns the last bytes of the file. */
  end(): Uint8Array {
    this.writer.finish();
    return this.sink.take();
  }

  private column(index: number, rows: readonly (readonly TableValue[])[]): Data {
    const {type} = this.columns[index];
    const {type: fieldType} = this.schema.fields[index];
    const values = rows.map((row) => row[index]);
    const dictionary = this.dictionaries[index];
    if (dictionary !== null && hasWords(type)) {
      const numbers = new Map(type.words.map((word, number) => [word, number]));
      const indices = vectorFromArray(
        values.map((word) => (word === null ? null : (numbers.get(String(word)) as number))),
        (fieldType as Dictionary).indices,
      ).data[0];
      const {length, nullCount, values: data, nullBitmap} = indices;
      return makeData({type: fieldType as Dictionary, length, nullCount, data, nullBitmap, dictionary});
    }
    return vectorFromArray(
      values.map((value) => builderValue(type, value)),
      fieldType,
    ).data[0];
  }
}

/** A file begins with its schema, as a stream does; apache-arrow leaves it out there, as it is in the footer again. */
class FileWriter extends RecordBatchFileWriter {
  protected override _writeSchema(schema: Schema): this {
    super._writeSchema(schema);
    return this._writeMessage(Message.from(schema, 0));
  }
}

/** What the writer has written and nobody has taken. */
class Pieces extends AsyncByteQueue {
  private pieces: Uint8Array[] = [];

  override write(value: ArrayBufferLike | ArrayBufferView): void {
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    this.pieces.push(bytes);
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.pieces);
    this.pieces = [];
    return bytes;
  }
}

function hasWords(type: TableType): type is {words: readonly string[]} {
  return typeof type === 'object' && 'words' in type;
}

function textVector(words: readonly string[]): Vector<Utf8> {
  return vectorFromArray([...words], new Utf8());
}

function arrowType(type: TableType, nextId: () => number): DataType {
  if (typeof type === 'string') return new plainTypes[type]();
  if ('decimal' in type) return new Decimal(type.decimal.scale, type.decimal.precision, 128);
  if ('list' in type) return new List(new Field('item', nestedType(type.list), true));
  if ('struct' in type) return new Struct(type.struct.map(({name, type}) => new Field(name, nestedType(type), true)));
  return new Dictionary(new Utf8(), type.words.length <= 2 ** 8 ? new Uint8() : new Uint32(), nextId(), false);
}

/** A dictionary inside a list or a struct is plain text. */
function nestedType(type: TableType): DataType {
  return hasWords(type) ? new Utf8() : arrowType(type, () => 0);
}

const plainTypes = {
  bool: Bool,
  int8: Int8,
  int16: Int16,
  int32: Int32,
  int64: Int64,
  uint8: Uint8,
  uint16: Uint16,
  uint32: Uint32,
  uint64: Uint64,
  float32: Float32,
  float64: Float64,
  utf8: Utf8,
} as const;

/** As apache-arrow's builders take it. */
function builderValue(type: TableType, value: TableValue): unknown {
  if (value === null || typeof type === 'string') return value;
  if ('decimal' in type) return words128(value as bigint);
  if ('list' in type) return (value as readonly TableValue[]).map((item) => builderValue(type.list, item));
  if (!('struct' in type)) return value;
  const members = value as readonly TableValue[];
  return Object.fromEntries(
    type.struct.map((member, index) => [member.name, builderValue(member.type, members[index])]),
  );
}

/** Two's complement, the lowest word first. */
function words128(value: bigint): Uint32Array {
  return Uint32Array.from({length: 4}, (_, index) => Number((value >> BigInt(32 * index)) & 0xffff_ffffn));
}
