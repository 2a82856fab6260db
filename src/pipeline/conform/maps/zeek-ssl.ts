/**
 * Zeek ssl.log -> Network Activity: one record per TLS handshake, with the server name the client asked for.
 *
 * @see https://docs.zeek.org/en/master/logs/ssl.html
 */
import type { JsonObject, OcsfEvent, OcsfFingerprint } from "../../../model/activity.ts";
import { defineMap } from "../define-map.ts";
import {
  connectionOf,
  endpointsOf,
  openZeek,
  recogniseZeek,
  UnmappedColumns,
  ZEEK,
  type ZeekTime,
} from "../decoders/zeek.ts";
import { normaliseHostname } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { property, text } from "../read-json.ts";

const UNMAPPED = new UnmappedColumns("version", "cipher", "server_name", "ja3", "ja3s");

/** Columns of which a handshake has at least one, whatever came of it. */
const COLUMNS = ["ssl_history", "server_name", "cipher", "established", "cert_chain_fps", "cert_chain_fuids"];

export default defineMap({
  id: "zeek-ssl",
  title: "Zeek ssl.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/ssl.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `ssl.log` is on by default; packages for JA3 and JA4 add fingerprints.",
  limits: [
    "Carries no byte counts: they are in conn.log under the same uid.",
    "Path and method are encrypted.",
    "Without a server name (or with Encrypted Client Hello) only the address tells the destination.",
  ],
  recognise: (record) =>
    recogniseZeek("ssl", record, (has) => COLUMNS.filter(has).length >= 2 || (has("established") && has("resumed"))),
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const sni = text(row, "server_name");
  const established = property(row, "established");
  return createEvent(
    4001,
    1,
    { product: ZEEK, time, event_code: "ssl" },
    {
      ...endpointsOf(row),
      connection_info: connectionOf(row, "tcp"),
      app_protocol_name: "ssl",
      status_id: established === true ? 1 : established === false ? 2 : undefined,
      status: established === true ? "Success" : established === false ? "Failure" : undefined,
      tls: {
        sni: sni === undefined ? undefined : normaliseHostname(sni),
        version: versionOf(text(row, "version")),
        cipher: text(row, "cipher"),
        ja3_hash: md5Of(text(row, "ja3")),
        ja3s_hash: md5Of(text(row, "ja3s")),
      },
      unmapped: UNMAPPED.of(row),
    },
  );
}

/** `TLSv12` -> `1.2`, `SSLv3` -> `SSLv3`; OCSF demands a version even where the handshake got to none. */
function versionOf(version: string | undefined): string {
  const match = /^TLSv(\d)(\d)$/.exec(version ?? "");
  return match === null ? (version ?? "unknown") : `${match[1]}.${match[2]}`;
}

function md5Of(value: string | undefined): OcsfFingerprint | undefined {
  return value === undefined ? undefined : { algorithm_id: 1, algorithm: "MD5", value };
}
