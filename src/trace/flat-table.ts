/**
 * Reads the few fields of a FlatBuffer that a trace needs. The bytes may be hostile: each access is inside the view or
 * throws RangeError, no length is trusted for an allocation, and vectors are bounded by the caller.
 * Nothing read here is believed: the caller encodes what it understood and compares bytes.
 * Source: "FlatBuffer Internals", https://flatbuffers.dev/internals/.
 */
export class FlatTable {
  private constructor(
    private readonly view: DataView,
    private readonly position: number,
  ) {}

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** A 64-bit field; 0 when it is absent. Numbers past 2^53 - 1 throw RangeError. */
  int64(slot: number): number {
    const at = this.field(slot);
    return at === 0 ? 0 : this.int64At(at);
  }

  table(slot: number): FlatTable {
    const at = this.required(slot);
    return new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  /**
   * A vector of pairs of key and text; empty when it is absent. Throws RangeError when the texts are longer together
   * than the view: they overlap then, which is how a small file asks for a lot of memory.
   */
  texts(slot: number, countMax: number): Map<string, string> {
    const pairs = new Map<string, string>();
    let bytesLeft = this.view.byteLength;
    for (const pair of this.tables(slot, countMax)) {
      const [key, text] = [pair.string(0), pair.string(1)];
      bytesLeft -= key.length + text.length;
      this.bounded(-bytesLeft, 0);
      pairs.set(textOf(key), textOf(text));
    }
    return pairs;
  }

  /** Where each text of such a vector stands in the view, by its key. */
  textPlaces(slot: number, countMax: number): Map<string, number> {
    const places = new Map<string, number>();
    for (const pair of this.tables(slot, countMax)) {
      places.set(textOf(pair.string(0)), pair.string(1).byteOffset - this.view.byteOffset);
    }
    return places;
  }

  /** Where the field stands in the view; 0 when it is absent. */
  place(slot: number): number {
    return this.field(slot);
  }

  /** Where the first item of a vector stands in the view. */
  vectorPlace(slot: number): number {
    const at = this.required(slot);
    return at + this.view.getUint32(at, true) + 4;
  }

  /** The second of the two 64-bit numbers in each struct of a vector: null counts of field nodes, lengths of buffers. */
  secondOfPairs(slot: number, countMax: number): number[] {
    const first = this.vectorPlace(slot);
    const count = this.bounded(this.view.getUint32(first - 4, true), countMax);
    return Array.from({length: count}, (_, index) => this.int64At(first + 16 * index + 8));
  }

  /** The tables in a vector; none when it is absent. */
  private tables(slot: number, countMax: number): FlatTable[] {
    if (this.field(slot) === 0) return [];
    const first = this.vectorPlace(slot);
    const count = this.bounded(this.view.getUint32(first - 4, true), countMax);
    return Array.from({length: count}, (_, index) => {
      const entry = first + 4 * index;
      return new FlatTable(this.view, entry + this.view.getUint32(entry, true));
    });
  }

  private string(slot: number): Uint8Array {
    const at = this.required(slot);
    const start = at + this.view.getUint32(at, true);
    const bytes = this.view.getUint32(start, true);
    this.bounded(start + 4 + bytes, this.view.byteLength);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start + 4, bytes);
  }

  private required(slot: number): number {
    const at = this.field(slot);
    if (at === 0) throw new RangeError('a field is missing');
    return at;
  }

  /** Where the field lies; 0 when it is absent. */
  private field(slot: number): number {
    const vtable = this.position - this.view.getInt32(this.position, true);
    const entry = 4 + 2 * slot;
    if (entry >= this.view.getUint16(vtable, true)) return 0;
    const offset = this.view.getUint16(vtable + entry, true);
    return offset === 0 ? 0 : this.position + offset;
  }

  private int64At(at: number): number {
    const value = this.view.getUint32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
    return this.bounded(value, Number.MAX_SAFE_INTEGER);
  }

  private bounded(value: number, max: number): number {
    if (value > max) throw new RangeError('a number is too large');
    return value;
  }
}

/** A byte order mark is a character like others: what is read must encode to the same bytes. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
