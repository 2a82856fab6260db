/**
 * dnsmasq's query log (`log-queries`) through syslog: a line for the query and one for the answer, times in UTC without a
 * year.
 *
 * @see https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
 */

interface DnsmasqRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  /** Machine that runs dnsmasq. */
  readonly server: string;
  readonly client: string;
  readonly name: string;
  readonly type: "A" | "AAAA";
  /** Addresses answered; empty for a name that does not exist. */
  readonly answers: readonly string[];
  readonly cached: boolean;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function dnsmasqLines(record: DnsmasqRecord): string[] {
  const date = new Date(record.time);
  const prefix = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, " ")} ${date.toISOString().slice(11, 19)} ${record.server} dnsmasq[812]: `;
  const answers = record.answers.length === 0 ? ["NXDOMAIN"] : record.answers;
  return [
    `${prefix}query[${record.type}] ${record.name} from ${record.client}`,
    ...(record.cached ? [] : [`${prefix}forwarded ${record.name} to 198.51.100.53`]),
    ...answers.map((answer) => `${prefix}${record.cached ? "cached" : "reply"} ${record.name} is ${answer}`),
  ];
}
