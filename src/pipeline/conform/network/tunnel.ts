/** What the maps of VPN gateways share: a person's session as OCSF Tunnel Activity (4014). */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { createEvent, type EventBase } from "../ocsf.ts";

export interface Tunnel {
  /** 1 Open, 2 Close, 3 Renew. */
  readonly activity: 1 | 2 | 3;
  readonly user: OcsfUser | undefined;
  /** Where the person comes from. */
  readonly outer: OcsfEndpoint | undefined;
  /** The address the gateway gives inside. */
  readonly inner: string | undefined;
  readonly message?: string | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

/**
 * From its address on the person is behind the inner address as well as the outer one. An event for each, so that other
 * sources' addresses lead to the person.
 * @throws {MalformedInputError} when the inner address is none
 */
export function createTunnel(base: EventBase, tunnel: Tunnel): OcsfEvent[] {
  const { activity, user, outer, message, unmapped } = tunnel;
  const inner = ipAddress(tunnel.inner);
  if (tunnel.inner !== undefined && inner === undefined)
    throw new MalformedInputError(
      `${JSON.stringify(tunnel.inner.slice(0, 60))}, given to the person inside, is no address`,
    );
  const sides: OcsfEndpoint[] = [];
  if (outer !== undefined) sides.push(outer);
  if (inner !== undefined) sides.push({ ip: inner });
  return sides.map((src_endpoint, index) =>
    createEvent(
      4014,
      activity,
      index === 0 || base.uid === undefined ? base : { ...base, uid: `${base.uid}-${index}` },
      {
        actor: user === undefined ? undefined : { user },
        user,
        src_endpoint,
        tunnel_interface: inner === undefined ? undefined : { ip: inner, type_id: 4 },
        status_id: 1,
        status: "Success",
        message,
        unmapped,
      },
    ),
  );
}
