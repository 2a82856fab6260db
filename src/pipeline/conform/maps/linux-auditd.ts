import type { OcsfEvent } from "../../../model/activity.ts";
import { joinRecords } from "../decoders/audit-event.ts";
import { AuditJoiner, standsAlone, type JoinedRecords } from "../decoders/audit-joiner.ts";
import { isAuditRecord, readAuditRecord } from "../decoders/auditd.ts";
import { defineMap } from "../define-map.ts";
import { conformAuditEvent } from "../endpoint/linux-audit.ts";

const product = { name: "auditd", vendor_name: "Linux Audit" };
const RECORD_TYPE = /type=([A-Z_]{1,40}) /;

export default defineMap({
  id: "linux-auditd",
  title: "Linux audit records of auditd: raw or enriched, from audit.log, audispd or syslog",
  product,
  reference: "https://github.com/linux-audit/audit-documentation/wiki",
  lane: "endpoint",
  exporting:
    "`/var/log/audit/audit.log` or audispd's syslog plugin, with `log_format = ENRICHED`. Rules needed: `-a " +
    "always,exit -F arch=b64 -S execve,execveat`, `-S connect` where the volume allows, and watches on " +
    "sensitive folders.",
  limits: [
    "It records what the audit rules ask for: without rules for execve, connect and the sensitive folders there is nothing to see.",
    "It counts no bytes, and a connection is an address without a name.",
    "User names are there only in the enriched format; else numeric ids.",
    "The parent of a process is only a process id.",
  ],

  // Records of auoms look alike and are a map of their own.
  recognise: (record) =>
    record.json === null && isAuditRecord(record.body) && !record.body.includes("type=AUOMS_") ? 1 : 0,

  standsAlone(record) {
    const type = RECORD_TYPE.exec(record.body.slice(0, 400))?.[1];
    return type !== undefined && standsAlone(type);
  },

  open() {
    const joiner = new AuditJoiner();
    return {
      push(record) {
        const part = readAuditRecord(record.body);
        return activities(joiner.push(part, part.node ?? record.syslog?.hostname ?? undefined, record.line));
      },
      flush: () => activities(joiner.flush()),
    };
  },
});

function activities(joined: readonly JoinedRecords[]): readonly OcsfEvent[] {
  const out: OcsfEvent[] = [];
  for (const { records, host, lines } of joined) {
    // A fragment whose system call came too late, or never.
    if (records.length === 0) continue;
    const activity = conformAuditEvent(joinRecords(records, host), product);
    if (activity === null) continue;
    activity.raw_data = lines.join("\n");
    out.push(activity);
  }
  return out;
}
