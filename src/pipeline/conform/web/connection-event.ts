/** One connection or session as gateways and firewalls log it -> Network Activity. The client is the source. */
import type { OcsfDevice, OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { verdictFields, type Verdict } from "./verdict.ts";

export interface Connection {
  /** OCSF activity of Network Activity: 1 Open, 2 Close, 5 Refuse, 6 Traffic. */
  readonly activityId: 0 | 1 | 2 | 4 | 5 | 6 | 99;
  readonly client: OcsfEndpoint | undefined;
  readonly server: OcsfEndpoint | undefined;
  readonly user?: OcsfUser | undefined;
  readonly device?: OcsfDevice | undefined;
  readonly url?: OcsfUrl | undefined;
  /** `TCP`, `udp`, `17`: name or number. */
  readonly protocol?: string | undefined;
  readonly session?: string | undefined;
  /** 1 Inbound, 2 Outbound, 0 or left out: not known. */
  readonly direction?: 0 | 1 | 2 | undefined;
  readonly applicationProtocol?: string | undefined;
  readonly appName?: string | undefined;
  readonly bytesOut?: number | undefined;
  readonly bytesIn?: number | undefined;
  readonly bytesTotal?: number | undefined;
  readonly packetsOut?: number | undefined;
  readonly packetsIn?: number | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly verdict?: Verdict | undefined;
  /** Of the control that decided; both count only with a verdict. */
  readonly policy?: { name?: string; uid?: string } | undefined;
  readonly firewallRule?: { name?: string; uid?: string } | undefined;
  readonly statusDetail?: string | undefined;
  readonly count?: number | undefined;
  readonly tls?: OcsfEvent["tls"] | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["tcp", 6],
  ["udp", 17],
  ["gre", 47],
  ["esp", 50],
  ["ipv6-icmp", 58],
  ["sctp", 132],
]);
const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([...PROTOCOLS].map(([name, number]) => [number, name]));

const DIRECTIONS = ["Unknown", "Inbound", "Outbound"] as const;

export function createConnectionEvent(base: EventBase, connection: Connection): OcsfEvent {
  const { user, verdict, bytesIn, bytesOut, packetsIn, packetsOut } = connection;
  const { server } = connection;
  const client = connection.client ?? (server === undefined ? { name: "unknown" } : undefined);
  const control = verdictFields(verdict);
  const bytes = connection.bytesTotal ?? sum(bytesIn, bytesOut);
  const counted = [bytes, bytesIn, bytesOut, packetsIn, packetsOut].some((count) => count !== undefined);
  return createEvent(4001, connection.activityId, base, {
    start_time: connection.startTime,
    end_time: connection.endTime,
    duration: connection.durationMs,
    count: connection.count,
    actor: user === undefined ? undefined : { user },
    device: connection.device,
    // OCSF wants one of the two, and an end point some name.
    src_endpoint: client,
    dst_endpoint: server,
    url: connection.url,
    connection_info: connectionInfo(connection),
    app_protocol_name: connection.applicationProtocol,
    app_name: connection.appName,
    ...control,
    policy: control === undefined ? undefined : connection.policy,
    firewall_rule: control === undefined ? undefined : connection.firewallRule,
    status_detail: connection.statusDetail,
    traffic: counted
      ? {
          bytes,
          bytes_in: bytesIn,
          bytes_out: bytesOut,
          packets: sum(packetsIn, packetsOut),
          packets_in: packetsIn,
          packets_out: packetsOut,
        }
      : undefined,
    tls: connection.tls,
    unmapped: connection.unmapped,
  });
}

function connectionInfo({ protocol, session, direction = 0 }: Connection): OcsfEvent["connection_info"] {
  if (protocol === undefined && session === undefined && direction === 0) return undefined;
  const info: NonNullable<OcsfEvent["connection_info"]> = { direction_id: direction };
  if (direction !== 0) info.direction = DIRECTIONS[direction];
  if (session !== undefined) info.uid = session;
  if (protocol === undefined) return info;
  const lower = protocol.toLowerCase();
  const number = /^\d{1,3}$/.test(lower) ? Number(lower) : PROTOCOLS.get(lower);
  const name = number === undefined ? lower : (PROTOCOL_NAMES.get(number) ?? lower);
  if (!/^\d/.test(name)) info.protocol_name = name;
  if (number !== undefined && number <= 255) info.protocol_num = number;
  return info;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
