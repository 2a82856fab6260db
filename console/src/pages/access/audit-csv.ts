/** The trail as CSV after RFC 4180, as the server writes its lists: a cell that a spreadsheet would run begins with an apostrophe. */
import type * as contract from "../../../../src/pipeline/serve/contract.ts";

type AuditEntry = contract.Output<typeof contract.AuditItem>;

export function auditCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map(({ uid, time, kind, actor, via, address, details }) =>
    [uid, new Date(time).toISOString(), kind, actor, via, address ?? "", JSON.stringify(details)].map(cell).join(","),
  );
  return ["uid,time,kind,actor,via,address,details", ...rows, ""].join("\r\n");
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
