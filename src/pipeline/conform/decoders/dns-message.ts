/**
 * A DNS message off the wire -> its question, response code and answers. Bounded: names of at most 255 characters and 32 jumps,
 * at most 64 answers; what is cut off or makes no sense ends the reading, and what was read until then counts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1035#section-4
 */
import { DNS_TYPES } from "../tables/dns-types.ts";

const MAX_ANSWERS = 64;
const MAX_JUMPS = 32;
const MAX_NAME = 255;
const HEADER_LENGTH = 12;

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly rcode: number;
  /** In lower case, without the trailing dot; the root is `.`. */
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly answers: { readonly type: string; readonly rdata: string; readonly ttl: number }[];
}

/** null when there is not even a header. Never throws. */
export function readDnsMessage(bytes: Uint8Array): DnsMessage | null {
  if (bytes.length < HEADER_LENGTH) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  const questions = view.getUint16(4);
  const count = view.getUint16(6);
  let at = HEADER_LENGTH;
  let name: string | undefined;
  let type: string | undefined;
  if (questions > 0) {
    const question = readName(bytes, at);
    if (question !== null && question.end + 4 <= bytes.length) {
      name = question.name;
      type = typeName(view.getUint16(question.end));
      at = question.end + 4;
    } else at = bytes.length;
  }
  const answers: { type: string; rdata: string; ttl: number }[] = [];
  for (let index = 0; index < count && index < MAX_ANSWERS && questions <= 1; index += 1) {
    const owner = readName(bytes, at);
    if (owner === null || owner.end + 10 > bytes.length) break;
    const kind = view.getUint16(owner.end);
    const ttl = view.getUint32(owner.end + 4);
    const length = view.getUint16(owner.end + 8);
    const start = owner.end + 10;
    if (start + length > bytes.length) break;
    const rdata = readData(bytes, kind, start, length);
    if (rdata !== undefined) answers.push({ type: typeName(kind), rdata, ttl });
    at = start + length;
  }
  return { id: view.getUint16(0), isResponse: (flags & 0x8000) !== 0, rcode: flags & 0x0f, name, type, answers };
}

function typeName(number: number): string {
  return DNS_TYPES.get(number) ?? `TYPE${number}`;
}

/** Addresses and names as text; undefined for data of other kinds. */
function readData(bytes: Uint8Array, type: number, start: number, length: number): string | undefined {
  if (type === 1 && length === 4) return bytes.subarray(start, start + 4).join(".");
  if (type === 28 && length === 16) return ipv6(bytes.subarray(start, start + 16));
  if (type === 2 || type === 5 || type === 12 || type === 39) return readName(bytes, start)?.name;
  if (type === 15 && length > 2) return readName(bytes, start + 2)?.name;
  if (type === 33 && length > 6) return readName(bytes, start + 6)?.name;
  return type === 16 ? readText(bytes, start, start + length) : undefined;
}

function readText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += bytes[at]! + 1) {
    for (const code of bytes.subarray(at + 1, Math.min(end, at + 1 + bytes[at]!))) text += printable(code);
  }
  return text;
}

/** The first longest run of zeros is `::`. */
function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
  let [best, bestLength] = [-1, 1];
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && groups[to] === 0) to += 1;
    if (to - from > bestLength) [best, bestLength] = [from, to - from];
  }
  const hex = groups.map((group) => group.toString(16));
  if (best === -1) return hex.join(":");
  return `${hex.slice(0, best).join(":")}::${hex.slice(best + bestLength).join(":")}`;
}

/** The name that begins there and the place behind it; null when it runs out of the message or in circles. */
function readName(bytes: Uint8Array, from: number): { name: string; end: number } | null {
  let name = "";
  let end = -1;
  let at = from;
  for (let jumps = 0; at < bytes.length;) {
    const length = bytes[at]!;
    if (length === 0) return { name: name === "" ? "." : name, end: end === -1 ? at + 1 : end };
    if (length >= 0xc0) {
      if (at + 1 >= bytes.length || (jumps += 1) > MAX_JUMPS) return null;
      if (end === -1) end = at + 2;
      at = ((length & 0x3f) << 8) | bytes[at + 1]!;
      continue;
    }
    if (length > 63 || at + length >= bytes.length || name.length + length > MAX_NAME) return null;
    if (name !== "") name += ".";
    for (const code of bytes.subarray(at + 1, at + 1 + length)) name += printable(code);
    at += length + 1;
  }
  return null;
}

function printable(code: number): string {
  if (code >= 0x41 && code <= 0x5a) return String.fromCharCode(code + 0x20);
  return code > 0x20 && code < 0x7f && code !== 0x5c ? String.fromCharCode(code) : `\\${String(code).padStart(3, "0")}`;
}
