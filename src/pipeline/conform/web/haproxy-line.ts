/**
 * A line of HAProxy's HTTP, HTTPS or TCP log format -> its parts.
 *
 * @see https://docs.haproxy.org/3.0/configuration.html#8.2
 */
import { parseClfTime } from "../decoders/timestamp.ts";

export interface HaproxyLine {
  readonly client: string;
  readonly clientPort: number | undefined;
  /** When the connection or request was accepted, ms since 1970 UTC. */
  readonly time: number;
  /** Ends in `~` where TLS was used. */
  readonly frontend: string;
  readonly backend: string;
  readonly server: string;
  readonly totalMs: number | undefined;
  /** null in the TCP format. */
  readonly status: number | null;
  /** Server to client. */
  readonly bytes: number | undefined;
  readonly termination: string;
  /** Captured headers in the order of the configuration, requests' before responses'. */
  readonly captured: readonly string[];
  readonly host: string | undefined;
  readonly agent: string | undefined;
  readonly request: string | undefined;
  readonly sni: string | undefined;
  readonly tlsVersion: string | undefined;
  readonly tlsCipher: string | undefined;
}

const HEAD = /^(\S{1,64}):(\d{1,5}) \[(\d{2}\/[A-Za-z]{3}\/\d{4}:\d{2}:\d{2}:\d{2}\.\d{3})\] (\S{1,128}) (\S{1,255}) /;
/** Timers; formats with something put in before them are common. */
const TIMERS = /^(?:\S{1,255} ){0,3}?(\+?-?\d{1,10}(?:\/\+?-?\d{1,10}){2,5}) /;
const HTTP_COUNTS =
  /^(-?\d{1,3}) \+?(\d{1,15}) (?:\S{1,255} ){2}(\S{2,4}) \d{1,10}(?:\/\+?\d{1,10}){4} \d{1,10}\/\d{1,10}(?: |$)/;
const TCP_COUNTS = /^\+?(\d{1,15}) (\S{2}) \d{1,10}(?:\/\+?\d{1,10}){4} \d{1,10}\/\d{1,10}(?: |$)/;
/** `fc_err/ssl_err/c_err/ca_err/resumed sni/version/cipher`. */
const HTTPS_TAIL = / \S{1,32}(?:\/\S{1,16}){4} (\S{1,255})\/(\S{1,16})\/(\S{1,64})$/;
const HOST = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z0-9-]{2,63}(?::\d{1,5})?$/;
const AGENT = /^(?:Mozilla|git|git-lfs|curl|Wget|JGit|go-git|python|okhttp|Go-http-client|Java|PostmanRuntime)[/-]/i;

/** The line read last: whose it is, is asked before it is conformed. */
let lastBody = "";
let lastLine: HaproxyLine | null = null;

/** null when the line is of neither format. Never throws. */
export function parseHaproxyLine(body: string): HaproxyLine | null {
  if (body !== lastBody) {
    lastLine = readLine(body);
    lastBody = body;
  }
  return lastLine;
}

function readLine(body: string): HaproxyLine | null {
  const head = HEAD.exec(body);
  const time = head === null ? undefined : parseClfTime(head[3]!);
  if (head === null || time === undefined) return null;
  const [whole, client, port, , frontend, target] = head as unknown as string[];
  let rest = body.slice(whole!.length);
  const timers = TIMERS.exec(rest.slice(0, 1_200));
  if (timers === null) return null;
  rest = rest.slice(timers[0].length);
  const spans = timers[1]!.split("/");
  const total = Number(spans.at(-1)!.replace("+", ""));
  const slash = target!.indexOf("/");
  const common = {
    // `unix:1` is the first listening socket of that kind.
    client: client === "unix" ? "-" : client!,
    clientPort: client === "unix" ? undefined : Number(port),
    time,
    frontend: frontend!,
    backend: slash === -1 ? target! : target!.slice(0, slash),
    server: slash === -1 ? "" : target!.slice(slash + 1),
    totalMs: total >= 0 ? total : undefined,
  };
  const http = spans.length >= 5 ? HTTP_COUNTS.exec(rest) : null;
  if (http !== null) return { ...common, ...readHttp(http, rest.slice(http[0].length)) };
  const tcp = spans.length === 3 ? TCP_COUNTS.exec(rest) : null;
  if (tcp === null) return null;
  return {
    ...common,
    status: null,
    bytes: Number(tcp[1]),
    termination: tcp[2]!,
    captured: [],
    host: undefined,
    agent: undefined,
    request: undefined,
    sni: undefined,
    tlsVersion: undefined,
    tlsCipher: undefined,
  };
}

type Http = Pick<
  HaproxyLine,
  "status" | "bytes" | "termination" | "captured" | "host" | "agent" | "request" | "sni" | "tlsVersion" | "tlsCipher"
>;

function readHttp(counts: RegExpExecArray, text: string): Http {
  const quote = text.indexOf('"');
  const captured: string[] = [];
  let at = 0;
  for (let braces = 0; braces < 2 && text.charCodeAt(at) === 0x7b; braces += 1) {
    const close = text.indexOf("} ", at);
    if (close === -1) break;
    captured.push(
      ...text
        .slice(at + 1, close)
        .split("|")
        .slice(0, 32)
        .map(undoHash),
    );
    at = close + 2;
  }
  const start = text.charCodeAt(at) === 0x22 ? at : quote;
  const end = start === -1 ? -1 : text.lastIndexOf('"');
  const request = start === -1 ? undefined : text.slice(start + 1, end > start ? end : undefined);
  const tail = end > start ? HTTPS_TAIL.exec(text.slice(end + 1)) : null;
  const status = Number(counts[1]);
  return {
    status: status >= 100 ? status : 0,
    bytes: Number(counts[2]),
    termination: counts[3]!,
    captured: captured.filter((value) => value !== ""),
    host: captured.find((value) => HOST.test(value) && !/^\d+\.\d+$/.test(value)),
    agent: captured.find((value) => AGENT.test(value)),
    request: request === undefined ? undefined : undoHash(request),
    sni: tail === null || tail[1] === "-" ? undefined : tail[1],
    tlsVersion: tail === null || tail[2] === "-" ? undefined : tail[2],
    tlsCipher: tail === null || tail[3] === "-" ? undefined : tail[3],
  };
}

const UTF8 = new TextDecoder();

/** `#22`: HAProxy writes bytes that could break a line as hexadecimal behind a hash. */
function undoHash(text: string): string {
  if (!text.includes("#")) return text;
  return text.replace(/(?:#(?:[01][0-9A-F]|22|23|7[BCDF]|[89A-F][0-9A-F]))+/g, (run) =>
    UTF8.decode(Uint8Array.from(run.slice(1).split("#"), (byte) => Number.parseInt(byte, 16))),
  );
}
