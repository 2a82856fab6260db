/** Records of Squid whose fields have names -> entries: formats declared in the file, JSON, `key=value`. */
import { MalformedInputError } from "../../../model/errors.ts";
import { parseClfTime, parseEpoch, parseTime } from "../decoders/timestamp.ts";
import type { FieldReader } from "./format-header.ts";
import { count, type SquidEntry } from "./squid-entry.ts";

/**
 * An entry by the codes of Squid's `logformat`.
 * @param fallback the time of a syslog header
 * @throws {MalformedInputError} when time or request is missing
 */
export function readFields(get: FieldReader, fallback: number | null): SquidEntry {
  const first = (...codes: string[]): string | undefined => {
    for (const code of codes) {
      const value = get(code);
      if (value !== undefined && value !== "" && value !== "-") return value;
    }
    return undefined;
  };
  const time = timeOf(first, get("tu")) ?? fallback;
  if (time === null) throw new MalformedInputError("a request of Squid without a readable time");
  const url = first("ru", ">ru", "<ru", "rp", ">rp");
  if (url === undefined) throw new MalformedInputError("a request of Squid without a URL");
  const [result, code] = (first("Ss") ?? "").split("/") as [string, string?];
  return {
    time,
    elapsed: count(first("tr")),
    client: first(">a", ">A", ">la") ?? "-",
    clientPort: count(first(">p")),
    user: first("un", "ul", "ue", "ui", "us") ?? "-",
    method: first("rm", ">rm", "<rm") ?? "-",
    url,
    version: first("rv", ">rv"),
    status: count(first(">Hs", "Hs", "<Hs") ?? code) ?? 0,
    bytes: count(first("<st")) ?? -1,
    bytesOut: count(first(">st")),
    bytesTotal: count(first("st")),
    referrer: first("{Referer}>h", "{referer}>h"),
    agent: first("{User-Agent}>h", "{User-agent}>h", "{user-agent}>h"),
    result: result === "" ? "-" : result,
    hierarchy: (first("Sh") ?? "-").split("/")[0]!,
    peer: first("<a", "<A") ?? first("Sh")?.split("/")[1],
    peerPort: count(first("<p")),
    type: first("mt"),
    host: first("{Host}>h", "{host}>h", ">rd"),
    sni: first("ssl::>sni"),
    forwardedFor: first("{X-Forwarded-For}>h"),
  };
}

function timeOf(first: (...codes: string[]) => string | undefined, fraction: string | undefined): number | undefined {
  const seconds = first("ts");
  if (seconds !== undefined) {
    const time = parseEpoch(
      seconds.includes(".")
        ? seconds
        : `${seconds}.${/^\d{1,3}$/.test(fraction ?? "") ? fraction!.padStart(3, "0") : "0"}`,
    );
    if (time !== undefined) return time;
  }
  const local = first("tl", "tg", ...STRFTIME);
  return local === undefined ? undefined : (parseTime(local) ?? parseClfTime(local.replace(/^\[|\]$/g, "")));
}

const STRFTIME = [
  "{%Y-%m-%dT%H:%M:%S%z}tl",
  "{%Y-%m-%dT%H:%M:%SZ}tg",
  "{%Y-%m-%dT%H:%M:%S}tg",
  "{%Y-%m-%dT%H:%M:%S}tl",
  "{%Y-%m-%d %H:%M:%S}tl",
  "{%FT%T%z}tl",
  "{%d/%b/%Y:%H:%M:%S %z}tl",
];
