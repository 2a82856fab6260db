import { MalformedInputError } from "../../../model/errors.ts";
import { isLaurelEvent, readLaurelEvent } from "../decoders/laurel.ts";
import { defineMap } from "../define-map.ts";
import { conformAuditEvent } from "../endpoint/linux-audit.ts";

const product = { name: "laurel", vendor_name: "Linux Audit" };

export default defineMap({
  id: "linux-laurel",
  title: "Linux audit events as laurel writes them, one JSON object an event",
  product,
  reference: "https://github.com/threathunters-io/laurel/blob/master/json-format.md",
  lane: "endpoint",
  exporting: "laurel as a plugin of auditd: `/var/log/laurel/audit.log`. The audit rules are the same as for auditd.",
  limits: [
    "It records what the audit rules ask for: without rules for execve, connect and the sensitive folders there is nothing to see.",
    "It counts no bytes, and a connection is an address without a name.",
  ],

  recognise: (record) => (record.json !== null && isLaurelEvent(record.json) ? 1 : 0),

  conform(record) {
    const event = record.json === null ? undefined : readLaurelEvent(record.json, record.syslog?.hostname ?? undefined);
    if (event === undefined) throw new MalformedInputError("no event of laurel's");
    return conformAuditEvent(event, product);
  },
});
