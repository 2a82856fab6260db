/**
 * Zeek ssh.log -> SSH Activity: one record per connection, with what the handshake shows. Its bytes are in conn.log, under the
 * same uid.
 *
 * @see https://docs.zeek.org/en/master/logs/ssh.html
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
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
import { createEvent } from "../ocsf.ts";
import { property, text, textOf } from "../read-json.ts";

const UNMAPPED = new UnmappedColumns("version", "auth_success", "hassh", "hasshServer");

export default defineMap({
  id: "zeek-ssh",
  title: "Zeek ssh.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/ssh.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `ssh.log` is on by default.",
  limits: [
    "Names no user: the login is encrypted.",
    "Whether the login succeeded is guessed from the sizes of packets, and often left open.",
    "Carries no byte counts: they are in conn.log under the same uid.",
  ],
  recognise: (record) =>
    recogniseZeek("ssh", record, (has) => has("auth_attempts") || (has("kex_alg") && has("host_key_alg"))),
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const success = property(row, "auth_success");
  return createEvent(
    4007,
    success === false ? 4 : 1,
    { product: ZEEK, time, event_code: "ssh" },
    {
      ...endpointsOf(row),
      connection_info: connectionOf(row, "tcp"),
      app_protocol_name: "ssh",
      protocol_ver: textOf(row, "version"),
      status_id: success === true ? 1 : success === false ? 2 : undefined,
      status: success === true ? "Success" : success === false ? "Failure" : undefined,
      client_hassh: hasshOf(text(row, "hassh")),
      server_hassh: hasshOf(text(row, "hasshServer")),
      unmapped: UNMAPPED.of(row),
    },
  );
}

/** An MD5 of the algorithms that a side offers. */
function hasshOf(value: string | undefined): OcsfEvent["client_hassh"] {
  return value === undefined ? undefined : { fingerprint: { algorithm_id: 1, value } };
}
