/**
 * Apache HTTP Server access log -> HTTP Activity: `common`, `combined`, `vhost_combined`, `combinedio` (mod_logio counts what
 * the client sent, which is client to server), the TLS request log, the JSON template in common use, and any other
 * format below a `#LogFormat:` line. The error log holds no activity.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { parseClfTime } from "../decoders/timestamp.ts";
import { textOf } from "../read-json.ts";
import { accessEvent, countOf, recordOfLine, type AccessRecord } from "../web/access-event.ts";
import { parseAccessLine, type AccessFlavour } from "../web/access-line.ts";
import { apacheFieldsOf, apacheRecord } from "../web/apache-record.ts";
import { declaresFormat, FormatHeader } from "../web/format-header.ts";

const PRODUCT = { name: "HTTP Server", vendor_name: "Apache" } as const;

const ERROR_LINE =
  /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}(?:\.\d{1,6})? \d{4}\] \[[a-z_0-9:]{1,40}\] /;
/** `%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b`: what mod_ssl's sample configuration writes. */
const TLS_LINE = /^\[([^\]]{20,40})\] (\S{1,255}) (-|TLSv[\d.]{1,4}|SSLv\d) (\S{1,80}) "(.*)" (\d{1,15}|-)$/;

/** How surely a line in an NCSA format is Apache's; nginx and others write `combined` too: see there. */
const CONFIDENCE: Readonly<Record<AccessFlavour, number>> = {
  "apache-vhost": 0.85,
  "apache-io": 0.88,
  common: 0.84,
  combined: 0.8,
  other: 0.58,
  "nginx-main": 0.8,
  "nginx-ingress": 0,
  "nginx-named": 0.6,
  traefik: 0,
  haproxy: 0,
  squid: 0,
};

export default defineMap({
  id: "apache",
  title: "Apache HTTP Server access log",
  product: PRODUCT,
  reference: "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats",
  lane: "network",
  exporting:
    "`CustomLog` with `combined` or `vhost_combined`; load mod_logio and use `combinedio`, or add `%I`, so " +
    "that request bytes count. A format of your own needs a first line `#LogFormat: ` followed by the format.",
  limits: [
    "The default formats count no request bytes: what was sent shows only with %I of mod_logio.",
    "`common` and `combined` do not name the virtual host: the machine that logs stands in, where a syslog header names it.",
    "A format of one's own is read below a line `#LogFormat: …` at the head of the file that repeats it.",
    "Written as `combined`, a log is not told apart from nginx's.",
  ],
  recognise({ json, body, syslog }) {
    if (json !== null) return isApacheJson(json) ? 0.82 : 0;
    if (declaresFormat(body, "apache")) return 0.95;
    if (body.charCodeAt(0) === 0x5b) return ERROR_LINE.test(body) ? 0.88 : TLS_LINE.test(body) ? 0.9 : 0;
    if (syslog?.app === "nginx" || !body.includes("[") || !body.includes('"')) return 0;
    const line = parseAccessLine(body);
    if (line === null) return 0;
    if (syslog?.app === "apache2" || syslog?.app === "httpd" || syslog?.app === "apache") return 0.97;
    const confidence = CONFIDENCE[line.flavour];
    return confidence > 0 && confidence < 0.85 && body.includes('\\"') ? confidence + 0.07 : confidence;
  },
  standsAlone: ({ body, json }) => json === null && (TLS_LINE.test(body) || parseAccessLine(body) !== null),
  open: () => new ApacheReader(),
});

class ApacheReader implements RecordReader {
  readonly #format = new FormatHeader("apache");

  push(record: DecodedRecord): readonly OcsfEvent[] {
    const { body, json, syslog } = record;
    if (declaresFormat(body, "apache")) {
      this.#format.declare(record);
      return [];
    }
    const fallback = syslog?.time ?? null;
    const declared = this.#format.read(record);
    if (declared !== null) return [accessEvent(PRODUCT, apacheRecord(declared, fallback), syslog)];
    if (json !== null) {
      const fields = apacheFieldsOf((key) => textOf(json, key));
      return [accessEvent(PRODUCT, apacheRecord(fields, fallback), syslog)];
    }
    if (ERROR_LINE.test(body)) return [];
    const tls = readTlsLine(body);
    if (tls !== null) return [accessEvent(PRODUCT, tls, syslog)];
    const line = parseAccessLine(body);
    if (line === null) throw new MalformedInputError("not a line of an Apache format that is known");
    return [accessEvent(PRODUCT, recordOfLine(line), syslog)];
  }

  claims(record: DecodedRecord): boolean {
    return this.#format.read(record) !== null;
  }

  preamble(): string {
    return this.#format.preamble;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }
}

function readTlsLine(body: string): AccessRecord | null {
  const match = TLS_LINE.exec(body);
  const time = match === null ? undefined : parseClfTime(match[1]!);
  if (match === null || time === undefined) return null;
  const [, , client, version, cipher, request, bytes] = match as unknown as string[];
  return {
    time,
    client,
    request,
    status: undefined,
    scheme: "https",
    bodyBytes: countOf(bytes),
    tls: version === "-" ? undefined : { version: version!, cipher: cipher! },
  };
}

function isApacheJson(json: object): boolean {
  const has = (name: string) => Object.hasOwn(json, name);
  return has("remoteIP") && has("method") && has("request") && (has("userAgent") || has("status"));
}
