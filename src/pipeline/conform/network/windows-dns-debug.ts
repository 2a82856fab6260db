/**
 * Packet lines of the Windows DNS server's debug log:
 *
 *     3/20/2026 10:07:14 AM 0D48 PACKET  000000000181D1C0 UDP Rcv 10.1.4.17       0c6b   Q [0001   D   NOERROR] A      (6)github(3)com(0)
 *
 * The date is written as the server's locale has it and does not say which: with AM and PM the month comes first, as in the United
 * States; otherwise the day, unless that cannot be.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2003/cc776361(v=ws.10)
 */
import { normaliseHostname } from "../dns.ts";

const PACKET =
  / PACKET +(?:[0-9A-Fa-f]{8,16} +)?(UDP|TCP) +(Rcv|Snd) +([0-9A-Fa-f.:%]{2,64}) +([0-9A-Fa-f]{4}) (R| ) ?([QNU?]|\S) \[([0-9A-Fa-f]{4}) ([ATDR ]{0,10}?) ?([A-Z][A-Z0-9]{2,15}|\d{1,5})? *\] +([A-Za-z0-9]{1,16}) +(\S{1,1024})/;
const HEAD =
  /(?:^|\s)(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.? +(?:(\S{1,8}) +)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?(AM|PM|am|pm|a\.m\.|p\.m\.))? +[0-9A-Fa-f]{1,8}$/;
/** `20260320 10:07:14`, as servers before 2008 write it. */
const COMPACT_HEAD = /(?:^|\s)(\d{4})(\d{2})(\d{2}) +(\d{2}):(\d{2}):(\d{2}) +[0-9A-Fa-f]{1,8}$/;

export interface DnsPacket {
  /** ms since 1970 UTC; undefined when the date is in no known form. */
  readonly time: number | undefined;
  /** What stands before the date, where a shipper put the server's name there. */
  readonly protocol: "UDP" | "TCP";
  /** true: the server received it. */
  readonly received: boolean;
  readonly remote: string;
  readonly id: number;
  readonly isResponse: boolean;
  /** `Q` query, `N` notify, `U` update. */
  readonly opcode: string;
  readonly rcode: string | undefined;
  readonly type: string;
  readonly name: string;
}

/** Whether a line is one of packets; cheap. */
export function isPacketLine(body: string): boolean {
  const at = body.indexOf(" PACKET ");
  return at > 0 && at < 200 && PACKET.test(body);
}

/** null when the line is cut off or none. */
export function readDnsPacket(body: string): DnsPacket | null {
  const match = PACKET.exec(body);
  if (match === null) return null;
  const [, protocol, way, remote, id, response, opcode, , , rcode, type, name] = match as unknown as (
    | string
    | undefined
  )[];
  return {
    time: timeOf(body.slice(0, match.index)),
    protocol: protocol as DnsPacket["protocol"],
    received: way === "Rcv",
    remote: remote!,
    id: Number.parseInt(id!, 16),
    isResponse: response === "R",
    opcode: opcode!,
    rcode,
    type: type!,
    name: nameOf(name!),
  };
}

/** `(3)www(6)github(3)com(0)`; older servers write `.www.github.com.`. */
function nameOf(text: string): string {
  if (!text.startsWith("(")) return normaliseHostname(text.replace(/^\./, ""));
  const name = text.replace(/^\(\d{1,2}\)|\(0\)$/g, "").replace(/\(\d{1,2}\)/g, ".");
  return name === "" ? "." : normaliseHostname(name);
}

function timeOf(head: string): number | undefined {
  const compact = COMPACT_HEAD.exec(head);
  if (compact !== null) {
    const [year, month, day, hour, minute, second] = compact.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return calendar(year, month, day, hour, minute, second);
  }
  const match = HEAD.exec(head);
  if (match === null) return undefined;
  const [, first, separator, middle, last, word, hours, minute, second, marker] = match as unknown as (
    | string
    | undefined
  )[];
  const [a, b, c] = [Number(first), Number(middle), Number(last)];
  const half = halfOf(marker ?? word);
  let hour = Number(hours);
  if (half !== undefined) hour = (hour % 12) + (half === "pm" ? 12 : 0);
  const clock = [hour, Number(minute), Number(second ?? 0)] as const;
  if (first!.length === 4) return calendar(a, b, c, ...clock);
  const year = last!.length === 4 ? c : 2000 + c;
  const monthFirst = b > 12 || (a <= 12 && separator === "/" && /^(?:AM|PM)$/.test(marker ?? ""));
  return monthFirst ? calendar(year, a, b, ...clock) : calendar(year, b, a, ...clock);
}

function halfOf(text: string | undefined): "am" | "pm" | undefined {
  if (text === undefined) return undefined;
  if (/^(?:a\.?m\.?|上午|오전)$/i.test(text)) return "am";
  return /^(?:p\.?m\.?|下午|오후)$/i.test(text) ? "pm" : undefined;
}

function calendar(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59)
    return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
