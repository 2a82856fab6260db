/**
 * ClickHouse Native blocks, written column by column into reused buffers.
 *
 * A block is: number of columns, number of rows, then per column its name, its type and the values. Integers are little
 * endian, strings carry a varint length. One writer per worker; `finish` hands out one block and starts the next.
 *
 * @see https://clickhouse.com/docs/interfaces/formats/Native
 */

/** The column types the store uses. LowCardinality columns travel as String: the server converts on insert. */
export type NativeType =
  | "String"
  | "FixedString(16)"
  | "UInt8"
  | "UInt16"
  | "UInt64"
  | "Int64"
  | "Nullable(UInt64)"
  | "Array(String)"
  | "Map(String, String)";

/** Node's single-encoding writers, which skip the dispatch of `write`; documented by their use in core, not in the types. */
type WritableBuffer = Buffer & {
  utf8Write(text: string, offset: number): number;
  hexWrite(text: string, offset: number): number;
  latin1Write(text: string, offset: number): number;
};

function allocate(size: number): WritableBuffer {
  return Buffer.allocUnsafe(size) as WritableBuffer;
}

/** At most 3 bytes a char: the byte length of a string this short fits one byte. */
const SHORT = 42;

/** A growing byte buffer. */
class Bytes {
  buffer = allocate(1 << 14);
  length = 0;

  reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const bigger = allocate(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(bigger, 0, 0, this.length);
    this.buffer = bigger;
  }

  zeros(count: number): void {
    if (count === 0) return;
    this.reserve(count);
    const end = this.length + count;
    // Calling into the runtime costs more than a few bytes do.
    if (count <= SHORT) while (this.length < end) this.buffer[this.length++] = 0;
    else this.buffer.fill(0, this.length, end);
    this.length = end;
  }

  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  /** Length-prefixed UTF-8. A lone surrogate becomes U+FFFD, as UTF-8 has no form for it. */
  string(value: string): void {
    const chars = value.length;
    if (chars === 0) {
      this.reserve(1);
      this.buffer[this.length++] = 0;
      return;
    }
    if (chars <= SHORT) {
      // Calling into the runtime costs more than copying so few characters here, as long as they are ASCII.
      this.reserve(1 + chars * 3);
      const { buffer } = this;
      let at = this.length;
      buffer[at++] = chars;
      for (let index = 0; index < chars; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) {
          const written = buffer.utf8Write(value, this.length + 1);
          buffer[this.length] = written;
          this.length += written + 1;
          return;
        }
        buffer[at++] = code;
      }
      this.length = at;
      return;
    }
    // Nearly all text is ASCII: write it behind the length it then has, and anew where it turns out longer.
    this.reserve(10 + chars * 3);
    const start = this.length;
    this.varint(chars);
    const written = this.buffer.utf8Write(value, this.length);
    if (written !== chars) {
      this.length = start;
      this.varint(written);
      this.buffer.utf8Write(value, this.length);
    }
    this.length += written;
  }

  clear(): void {
    this.length = 0;
    // One huge row must not pin its buffer for the life of the worker.
    if (this.buffer.length > 1 << 26) this.buffer = allocate(1 << 20);
  }

  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

/**
 * Receives the values of one column, at most one call a row, of the JavaScript type that fits the column. Rows without a
 * call hold the type's default: empty, zero, or null.
 */
export interface ColumnWriter {
  string(value: string): void;
  number(value: number): void;
  nullable(value: number | null | undefined): void;
  /** 32 hex digits. */
  hex(value: string): void;
  strings(values: readonly string[]): void;
  pairs(values: Readonly<Record<string, string>>): void;
}

/** Bytes of the default value of each type, besides a null map or offsets. */
const DEFAULT_BYTES: Readonly<Record<NativeType, number>> = {
  String: 1,
  "FixedString(16)": 16,
  UInt8: 1,
  UInt16: 2,
  UInt64: 8,
  Int64: 8,
  "Nullable(UInt64)": 8,
  "Array(String)": 0,
  "Map(String, String)": 0,
};

class Column implements ColumnWriter {
  readonly #type: NativeType;
  readonly #header: Buffer;
  readonly #data = new Bytes();
  /** Null map or array offsets, where the type has such a prefix. */
  readonly #prefix = new Bytes();
  readonly #keys = new Bytes();
  readonly #writer: NativeWriter;
  #elements = 0;
  /** Rows written so far. */
  #rows = 0;

  constructor(writer: NativeWriter, name: string, type: NativeType) {
    this.#writer = writer;
    this.#type = type;
    const header = new Bytes();
    header.string(name);
    header.string(type);
    this.#header = Buffer.from(header.view());
  }

  /** Fills the rows that got no value. */
  #fill(rows: number): void {
    const missing = rows - this.#rows;
    if (missing > 0) this.#data.zeros(missing * DEFAULT_BYTES[this.#type]);
    if (this.#type === "Nullable(UInt64)") for (let row = this.#rows; row < rows; row += 1) this.#null(true);
    else if (this.#type === "Array(String)" || this.#type === "Map(String, String)")
      for (let row = this.#rows; row < rows; row += 1) this.#offset(0);
    this.#rows = rows;
  }

  #begin(): void {
    if (this.#rows !== this.#writer.rows) this.#fill(this.#writer.rows);
    this.#rows += 1;
  }

  string(value: string): void {
    this.#begin();
    this.#data.string(value);
  }

  number(value: number): void {
    this.#begin();
    const data = this.#data;
    data.reserve(8);
    switch (this.#type) {
      case "UInt8":
        data.buffer[data.length++] = value;
        return;
      case "UInt16":
        data.length = data.buffer.writeUInt16LE(value & 0xffff, data.length);
        return;
      default:
        writeInt64(data, value);
    }
  }

  nullable(value: number | null | undefined): void {
    this.#begin();
    const missing = value === null || value === undefined;
    this.#null(missing);
    this.#data.reserve(8);
    writeInt64(this.#data, missing ? 0 : value);
  }

  hex(value: string): void {
    this.#begin();
    this.#data.reserve(16);
    this.#data.buffer.hexWrite(value, this.#data.length);
    this.#data.length += 16;
  }

  strings(values: readonly string[]): void {
    this.#begin();
    for (const value of values) this.#data.string(value);
    this.#offset(values.length);
  }

  pairs(values: Readonly<Record<string, string>>): void {
    this.#begin();
    let count = 0;
    for (const [key, value] of Object.entries(values)) {
      this.#keys.string(key);
      this.#data.string(value);
      count += 1;
    }
    this.#offset(count);
  }

  #null(missing: boolean): void {
    this.#prefix.reserve(1);
    this.#prefix.buffer[this.#prefix.length++] = missing ? 1 : 0;
  }

  #offset(more: number): void {
    this.#elements += more;
    this.#prefix.reserve(8);
    writeInt64(this.#prefix, this.#elements);
  }

  /** Views of what was written; valid until `clear`. */
  parts(): Buffer[] {
    this.#fill(this.#writer.rows);
    return [this.#header, this.#prefix.view(), this.#keys.view(), this.#data.view()];
  }

  get byteLength(): number {
    return this.#header.length + this.#prefix.length + this.#keys.length + this.#data.length;
  }

  clear(): void {
    this.#prefix.clear();
    this.#keys.clear();
    this.#data.clear();
    this.#elements = 0;
    this.#rows = 0;
  }
}

/** Whole numbers up to 2^53 in magnitude; negative ones as two's complement. */
function writeInt64(bytes: Bytes, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.buffer.writeUInt32LE((value - high * 0x1_0000_0000) >>> 0, bytes.length);
  bytes.buffer.writeInt32LE(high | 0, bytes.length + 4);
  bytes.length += 8;
}

export class NativeWriter {
  readonly #columns: Column[];
  rows = 0;

  constructor(columns: readonly { readonly name: string; readonly type: NativeType }[]) {
    this.#columns = columns.map(({ name, type }) => new Column(this, name, type));
  }

  column(index: number): ColumnWriter {
    const column = this.#columns[index];
    if (column === undefined) throw new RangeError(`no column ${index}`);
    return column;
  }

  /** Ends the row: what is written next belongs to the next one. */
  endRow(): void {
    this.rows += 1;
  }

  get byteLength(): number {
    return this.#columns.reduce((sum, column) => sum + column.byteLength, 0);
  }

  /** Hands the block so far to `write` as views of the column buffers, then starts the next block. */
  finish(write: (parts: Buffer[]) => void): void {
    const head = new Bytes();
    head.varint(this.#columns.length);
    head.varint(this.rows);
    write([head.view(), ...this.#columns.flatMap((column) => column.parts())]);
    for (const column of this.#columns) column.clear();
    this.rows = 0;
  }
}
