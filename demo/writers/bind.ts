/**
 * BIND's query log with category and severity, times in UTC.
 *
 * @see https://bind9.readthedocs.io/en/stable/reference.html#query-logging
 */

interface BindRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly client: string;
  readonly port: number;
  /** Twelve hex digits that identify the client object. */
  readonly object: string;
  readonly name: string;
  readonly type: "A" | "AAAA" | "HTTPS";
  readonly server: string;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function bindLine(record: BindRecord): string {
  const date = new Date(record.time);
  const day = `${String(date.getUTCDate()).padStart(2, "0")}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
  return (
    `${day} ${date.toISOString().slice(11, 23)} queries: info: client @0x${record.object} ${record.client}#${record.port} ` +
    `(${record.name}): query: ${record.name} IN ${record.type} +E(0)K (${record.server})`
  );
}
