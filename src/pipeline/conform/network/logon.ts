/** A sign-on that a firewall logs, of a person to it or through it (captive portal, VPN, directory agent) -> Authentication (3002). */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { outcomeStatus } from "../api-activity.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { NOBODY } from "../sign-on.ts";
import { report } from "./session.ts";

export interface Logon {
  /** 1 Logon, 2 Logoff. */
  readonly activity: 1 | 2;
  readonly user: OcsfUser | undefined;
  /** What was signed in to: the firewall's service by its own name. */
  readonly service: string;
  readonly source: OcsfEndpoint | undefined;
  /** The address that was signed in to, where the record tells it. */
  readonly destination?: OcsfEndpoint | undefined;
  /** undefined: the record does not tell. */
  readonly succeeded: boolean | undefined;
  readonly detail?: string | undefined;
  readonly message?: string | undefined;
  readonly reporter?: OcsfEvent["metadata"]["reporter"] | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

export function createLogon(base: EventBase, logon: Logon): OcsfEvent {
  const { user } = logon;
  const event = createEvent(3002, logon.activity, base, {
    ...outcomeStatus(logon.succeeded),
    status_detail: logon.detail,
    message: logon.message,
    actor: user === undefined ? undefined : { user },
    user: user ?? NOBODY,
    service: { name: logon.service },
    src_endpoint: logon.source,
    dst_endpoint: logon.destination,
    is_remote: true,
    unmapped: logon.unmapped,
  });
  return report(event, logon.reporter);
}
