/**
 * A ZIP archive that is the same for the same files: stored, without times. For evidence, whose hash must say whether it was touched.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32 } from "node:zlib";

export interface ZipFile {
  /** ASCII, `/` between folders. */
  readonly name: string;
  readonly body: Buffer;
}

/** 1980-01-01 00:00, the earliest there is. */
const NO_DATE = 0x21;
const STORED_VERSION = 10;
const MOST_BYTES = 0xffff_ffff;

/** @throws {RangeError} for more than 4 GiB, or 65,535 files */
export function zip(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, body } of files) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(STORED_VERSION, 0);
    common.writeUInt16LE(NO_DATE, 8);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(body.length, 18);
    common.writeUInt16LE(name.length, 22);
    const title = Buffer.from(name, "latin1");
    directory.push(centralEntry(common, at), title);
    parts.push(Buffer.from("PK\u0003\u0004", "latin1"), common, title, body);
    at += 4 + common.length + title.length + body.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  if (at + size > MOST_BYTES || files.length > 0xffff) throw new RangeError("too much for one archive");
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

function centralEntry(common: Buffer, at: number): Buffer {
  const entry = Buffer.alloc(46);
  entry.write("PK\u0001\u0002", "latin1");
  entry.writeUInt16LE(STORED_VERSION, 4);
  common.copy(entry, 6);
  entry.writeUInt32LE(at, 42);
  return entry;
}
