/** What the maps of identity providers share: one sign-on as OCSF Authentication (3002). */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../model/activity.ts";
import { apiActor, outcomeStatus } from "./api-activity.ts";
import { countryCode } from "./decoders/country.ts";
import { createEvent, type EventBase } from "./ocsf.ts";

export interface SignOn {
  /** 1 Logon, 2 Logoff, 7 Account Switch, 99 what belongs to a sign-on and is none of these. */
  readonly activity: 1 | 2 | 7 | 99;
  readonly user: OcsfUser;
  /** Who did it, where that is not the user signed in: somebody who assumed the account. */
  readonly by?: OcsfUser | undefined;
  /** The application signed in to; the provider itself where none is named. */
  readonly service: string;
  readonly source: OcsfEndpoint;
  /** The machine signed in to, where the record tells its address. */
  readonly destination?: OcsfEndpoint | undefined;
  /** undefined: the record does not tell. */
  readonly succeeded: boolean | undefined;
  /** Why, as the source says it. */
  readonly detail?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly isMfa?: boolean | undefined;
  readonly sessionUid?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly protocol?: { readonly auth_protocol_id: number; readonly auth_protocol: string } | undefined;
  readonly unmapped: Record<string, unknown>;
}

/**
 * Authentication requires a user, and a user a name, an id or an account: the user of an attempt that nobody could be tied
 * to is an unknown account, so that no person is called `unknown`.
 */
export const NOBODY: OcsfUser = { account: { name: "unknown" }, type_id: 0, type: "Unknown" };

export function createSignOn(base: EventBase, signOn: SignOn): OcsfEvent {
  const { user, detail, code, message, isMfa, sessionUid, userAgent } = signOn;
  return createEvent(3002, signOn.activity, base, {
    ...outcomeStatus(signOn.succeeded),
    status_detail: detail,
    status_code: code,
    message,
    actor: apiActor(signOn.by ?? user),
    user: isNamed(user) ? user : NOBODY,
    service: { name: signOn.service },
    src_endpoint: signOn.source,
    dst_endpoint: signOn.destination,
    session: sessionUid === undefined ? undefined : { uid: sessionUid },
    is_mfa: isMfa,
    is_remote: true,
    http_request: userAgent === undefined ? undefined : { user_agent: userAgent },
    ...signOn.protocol,
    unmapped: signOn.unmapped,
  });
}

export function isNamed(user: OcsfUser): boolean {
  return user.name !== undefined || user.uid !== undefined;
}

/** Adds where an address lies; OCSF wants a location to name a city or a country. */
export function locate(
  endpoint: OcsfEndpoint,
  country: string | undefined,
  city?: string,
  region?: string,
): OcsfEndpoint {
  const code = countryCode(country);
  if (code !== undefined || city !== undefined) endpoint.location = { country: code, city, region };
  return endpoint;
}
