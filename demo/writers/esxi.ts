/**
 * ESXi's syslog stream: the shell's command history and the host agent, times in UTC.
 *
 * @see https://techdocs.broadcom.com/us/en/vmware-cis/vsphere/vsphere/8-0/esxi-installation-and-setup-8-0.html
 */

export interface EsxiRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly host: string;
  /** World id of the process that logs. */
  readonly world: number;
  readonly event:
    | { readonly kind: "command"; readonly user: string; readonly command: string }
    | { readonly kind: "hostd"; readonly thread: number; readonly sub: string; readonly text: string };
}

export function esxiLine(record: EsxiRecord): string {
  const { event } = record;
  const stamp = new Date(record.time).toISOString();
  if (event.kind === "command")
    return `<14>${stamp} ${record.host} shell[${record.world}]: [${event.user}]: ${event.command}`;
  return `<166>${stamp} ${record.host} Hostd[${record.world}]: info hostd[${event.thread}] [Originator@6876 sub=${event.sub}] ${event.text}`;
}
