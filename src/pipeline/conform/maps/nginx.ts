/**
 * nginx access log -> HTTP Activity: `combined`, the packages' `main`, Kubernetes' ingress, formats with named or appended
 * values, JSON and `key=value` templates that keep the variables' names, and any other format below a `#log_format:` line.
 * The error log holds no activity.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_log_module.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { textOf } from "../read-json.ts";
import { accessEvent, recordOfLine } from "../web/access-event.ts";
import { parseAccessLine, undoEscapes, type AccessFlavour } from "../web/access-line.ts";
import { declaresFormat, FormatHeader } from "../web/format-header.ts";
import { countNginxNames, nginxRecord } from "../web/nginx-record.ts";

const PRODUCT = { name: "nginx", vendor_name: "F5" } as const;

const ERROR_LINE =
  /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d{1,10}#\d{1,10}: /;

/**
 * How surely a line in an NCSA format is nginx's. Apache writes the same: the first line that tells decides, and from 0.8 on
 * the server that took the line before is asked alone, so a file is not torn between the two.
 */
const CONFIDENCE: Readonly<Record<AccessFlavour, number>> = {
  "nginx-main": 0.88,
  "nginx-ingress": 0.95,
  "nginx-named": 0.88,
  combined: 0.82,
  "apache-vhost": 0.8,
  "apache-io": 0.8,
  common: 0.8,
  other: 0.6,
  traefik: 0,
  haproxy: 0,
  squid: 0,
};

export default defineMap({
  id: "nginx",
  title: "nginx access log",
  product: PRODUCT,
  reference: "https://nginx.org/en/docs/http/ngx_http_log_module.html",
  lane: "network",
  exporting:
    "`access_log` with the predefined `combined` or, better, a format with `$request_length`, `$host`, " +
    "`$request_time`, as JSON (`escape=json`) or in any order below a first line `#log_format: ` that repeats " +
    "it.",
  limits: [
    "The default formats count no request bytes: what was sent shows only with $request_length in the format.",
    "The default formats do not name the virtual host: the machine that logs stands in, where a syslog header names it.",
    "Behind a load balancer the client's address is the balancer's, unless the format holds X-Forwarded-For or realip is set up.",
    "A format of one's own is read below a line `#log_format: …` at the head of the file that repeats it.",
    "Written as `combined`, a log is not told apart from Apache's.",
  ],
  recognise({ json, body, syslog }) {
    if (json !== null) return isNginxJson(json) ? 0.86 : 0;
    if (declaresFormat(body, "nginx")) return 0.95;
    if (ERROR_LINE.test(body)) return 0.9;
    if (syslog?.app === "nginx") return parseAccessLine(body) !== null || isPairs(body) ? 0.97 : 0.6;
    if (syslog?.app === "apache2" || syslog?.app === "httpd") return 0;
    if (!body.includes("[") || !body.includes('"')) return isPairs(body) ? 0.86 : 0;
    const line = parseAccessLine(body);
    if (line === null) return isPairs(body) ? 0.86 : 0;
    const confidence = CONFIDENCE[line.flavour];
    return confidence > 0 && confidence < 0.85 && /\\x[0-9A-F]{2}/.test(body) ? confidence + 0.05 : confidence;
  },
  standsAlone: ({ body, json }) => json === null && parseAccessLine(body) !== null,
  open: () => new NginxReader(),
});

class NginxReader implements RecordReader {
  readonly #format = new FormatHeader("nginx");

  push(record: DecodedRecord): readonly OcsfEvent[] {
    const { body, json, syslog } = record;
    if (declaresFormat(body, "nginx")) {
      this.#format.declare(record);
      return [];
    }
    if (ERROR_LINE.test(body)) return [];
    const fallback = syslog?.time ?? null;
    const declared = this.#format.read(record);
    if (declared !== null) return [accessEvent(PRODUCT, nginxRecord(declared, fallback), syslog)];
    if (json !== null)
      return [
        accessEvent(
          PRODUCT,
          nginxRecord((name) => textOf(json, name), fallback),
          syslog,
        ),
      ];
    const line = parseAccessLine(body);
    if (line !== null) return [accessEvent(PRODUCT, recordOfLine(line), syslog)];
    if (!isPairs(body)) throw new MalformedInputError("not a line of an nginx format that is known");
    const pairs = readKeyValues(body);
    return [
      accessEvent(
        PRODUCT,
        nginxRecord((name) => unescaped(pairs.get(name)), fallback),
        syslog,
      ),
    ];
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

function unescaped(value: string | undefined): string | undefined {
  return value === undefined ? undefined : undoEscapes(value);
}

function isNginxJson(json: object): boolean {
  const has = (name: string) => Object.hasOwn(json, name);
  if (!has("remote_addr") && !has("request_uri") && !has("body_bytes_sent")) return false;
  return (has("request") || has("request_uri") || has("uri")) && countNginxNames(has) >= 4;
}

/** `remote_addr=… request_uri="…"`: the variables' names with equals signs. */
function isPairs(body: string): boolean {
  if (!body.includes("remote_addr=")) return false;
  return countNginxNames((name) => body.includes(`${name}=`)) >= 4;
}
