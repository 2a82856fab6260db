/**
 * Cisco Secure Web Appliance, traffic monitor log (L4TM): what the firewall saw go to an address on its lists.
 *
 *     Mon Oct  5 10:50:33 2020 Info: Firewall blocked TCP data from 10.1.4.17:51022 to 203.0.113.20(bad.example):6667.
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseClfTime } from "../decoders/timestamp.ts";
import { endOf } from "./fields.ts";
import { createSession, reporterOf } from "./session.ts";
import { WSA } from "./wsa.ts";

const LINE =
  /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2}) (\d{4}) [A-Z][a-z]{3,8}: Firewall (noted|blocked) (?:(TCP|UDP) )?data from ([0-9A-Fa-f.:]{2,52}) to ([0-9A-Fa-f.:]{2,45})(?:\(([^()\s]{1,255})\))?(?::(\d{1,5}))?\.?$/;

export interface MonitoredTraffic {
  readonly time: number;
  readonly blocked: boolean;
  readonly protocol: string | undefined;
  readonly source: string;
  readonly destination: string;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
}

export function readTrafficMonitor(text: string): MonitoredTraffic | null {
  if (text.length > 600 || !text.includes("Firewall ")) return null;
  const match = LINE.exec(text);
  if (match === null) return null;
  const [, day, year, verb, protocol, source, destination, hostname, port] = match as unknown as (string | undefined)[];
  const [month, date, clock] = day!.split(/ +/);
  const time = parseClfTime(`${date!.padStart(2, "0")}/${month}/${year}:${clock}`);
  if (time === undefined) return null;
  return {
    time,
    blocked: verb === "blocked",
    protocol: protocol?.toLowerCase(),
    source: source!,
    destination: destination!,
    hostname,
    port: portOf(port === undefined ? undefined : Number(port)),
  };
}

export function trafficMonitorEvent(seen: MonitoredTraffic, hostname: string | undefined): OcsfEvent {
  const sourcePort = /^[\d.]+:(\d{1,5})$/.exec(seen.source)?.[1];
  return createSession(
    { product: WSA, time: seen.time, event_code: "L4TM" },
    {
      activityId: seen.blocked ? 5 : 6,
      source: endOf({
        ip: ipAddress(seen.source),
        port: portOf(sourcePort === undefined ? undefined : Number(sourcePort)),
      }),
      destination: endOf({ ip: ipAddress(seen.destination), hostname: seen.hostname, port: seen.port }),
      protocol: seen.protocol,
      verdict: seen.blocked ? "blocked" : "logged",
      reporter: reporterOf(hostname),
    },
  );
}
