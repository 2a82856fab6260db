/**
 * What ASA and FTD write of people: AAA (113xxx), administrators (605xxx, 611xxx, 315011), cut-through proxy (109xxx), VPN and
 * AnyConnect sessions (716xxx, 722xxx, 713xxx, 721xxx, 751xxx) and identities learnt from a directory (746xxx).
 */
import type { OcsfEndpoint, OcsfUser } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { readDuration, readPlace, readUser } from "./cisco-place.ts";

export interface CiscoSignOn {
  /** 1 Logon, 2 Logoff. */
  readonly activity: 1 | 2;
  readonly user: OcsfUser | undefined;
  readonly source?: OcsfEndpoint | undefined;
  /** What was signed in to, or, through the firewall, what was asked for. */
  readonly destination?: OcsfEndpoint | undefined;
  readonly succeeded: boolean | undefined;
  readonly service: string;
  readonly detail?: string | undefined;
  /** The address the VPN gives the client inside. */
  readonly assigned?: string | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

type Reader = (text: string) => CiscoSignOn | null;

const AAA =
  /^AAA (?:user )?(authentication|authorization|accounting|transaction status) (Successful|Rejected|ACCEPT|REJECT) ?: ?(.{1,1024})$/i;
const GROUP_USER_IP =
  /^(?:TunnelGroup <[^<>]{0,255}> )?Group(?:Policy)? (?:<([^<>]{0,255})>|(\S{1,255})) User (?:<([^<>]{0,255})>|([^\s<]\S{0,254}))? ?IP (?:<([^<>]{0,64})>|(\S{1,64})) (.{1,2048})$/;
const GROUP_USER =
  /^Authentication: (rejected|successful), group = (.{1,255}?) user = (.{1,255}?) ?, Session Type: (.{1,64})$/i;
const EQUALS = /^(?:Group = ([^,]{1,255}), )?(?:Username = ([^,]{0,255}), )?IP = ([0-9A-Fa-f.:]{2,45}), (.{1,2048})$/;
const LOGIN = /^Login (denied|permitted) from (\S{2,260}) to (\S{2,260}) for user "([^"]{0,255})"/;
const USER_AUTHENTICATION =
  /^User authentication (succeeded|failed): IP(?: address)?: ([0-9A-Fa-f.:]{2,45}), Uname: (\S{1,255})/;
const LOGGED_OUT = /^User logged out: Uname: (\S{1,255})/;
const SSH =
  /^SSH session from (?:(\S{2,64}) )?on interface (\S{1,64}) for user "?([^"\s]{0,255})"? (disconnected|terminated)(.{0,255})/;
const PROXIED =
  /^(?:Authentication|Authorization) (succeeded|failed|permitted|denied|not required) for user '?([^'\s]{1,255})'? from (\S{2,260}) to (\S{2,260})/;
const WEBVPN_CLIENT =
  /^\([^()]{1,64}\) WebVPN session for client user (.{1,255}?), (?:IP|IPv[46]) (\S{2,45}) has been (created|deleted)/;
const ASSIGNED = /IPv4 Address <([0-9.]{7,15})>(?: IPv6 address <([0-9A-Fa-f:.]{2,45})>)? assigned to session/;
const IKE_ASSIGNED =
  /^Local:(\S{2,64}) Remote:(\S{2,64}) Username:(.{1,255}?) IKEv2 Group:(.{1,255}?) IPv4 Address=([0-9.]{7,15})/;
const PRIVATE_ADDRESS = /^Assigned private IP address ([0-9A-Fa-f.:]{2,45}) to remote user/;
const DISCONNECTED =
  /^Session disconnected\. Session Type: ([^,]{1,64}), Duration: ([^,]{1,32}), Bytes xmt: (\d{1,16}), Bytes rcv: (\d{1,16})(?:, Reason: (.{1,128}))?/;
const MAPPING = /^(?:user-identity: )?Add IP-User mapping ([0-9A-Fa-f.:]{2,45}) - (\S{1,255}) Succeeded/;
const RIGHTS = /^Attempted console login failed\.? [Uu]ser '?([^'\s]{1,255})'? did NOT have appropriate Admin Rights/;
const DAP = /^DAP: User (.{1,255}?), Addr (\S{2,45}), Connection (.{1,64}?): /;

/** Each value of an AAA message ends where the next name begins. */
const AAA_VALUES = new Map(
  (["server", "user", "reason", "user IP"] as const).map((name) => [
    name,
    new RegExp(
      String.raw`(?:^|[:,] ?)${name} ?= ?(.{0,255}?) ?(?:$|[:,] ?(?:(?:server|user|user IP|reason) ?=|local database))`,
      "i",
    ),
  ]),
);

function valueOf(text: string, name: "server" | "user" | "reason" | "user IP"): string | undefined {
  return AAA_VALUES.get(name)!.exec(text)?.[1]?.trim();
}

/** `server = 10.1.0.2 : user = alice : user IP = 203.0.113.5`, the pairs parted by `:` or `,`. */
const aaa: Reader = (text) => {
  const match = AAA.exec(text);
  if (match === null) return null;
  const [, kind, outcome, rest] = match as unknown as [string, string, string, string];
  // Accounting and authorization follow an authentication and say nothing new of the person.
  const address = ipAddress(valueOf(rest, "user IP"));
  const accepted = /^(?:Successful|ACCEPT)$/i.test(outcome);
  return {
    activity: 1,
    user: readUser(valueOf(rest, "user")),
    source: address === undefined ? undefined : { ip: address },
    succeeded: accepted,
    service: /^transaction/i.test(kind) ? "AAA" : `AAA ${kind.toLowerCase()}`,
    detail: valueOf(rest, "reason"),
    unmapped: serverOf(valueOf(rest, "server")),
  };
};

const groupUserIp: Reader = (text) => {
  const match = GROUP_USER_IP.exec(text);
  if (match === null) return groupUser(text);
  const group = match[1] ?? match[2];
  const user = readUser(match[3] ?? match[4]);
  const address = ipAddress(match[5] ?? match[6]);
  const message = match[7]!;
  const base = {
    user,
    source: address === undefined ? undefined : { ip: address },
    service: /WebVPN/.test(message) ? "WebVPN" : "AnyConnect",
    unmapped: { group },
  };
  const assigned = ASSIGNED.exec(message)?.[1];
  if (assigned !== undefined) return { ...base, activity: 1, succeeded: true, assigned };
  if (/^Authentication: (rejected|successful)/i.test(message))
    return { ...base, activity: 1, succeeded: !/^Authentication: rejected/i.test(message), detail: message };
  if (/session started|connection established|connection replacing|session resumed|has been created/i.test(message))
    return { ...base, activity: 1, succeeded: true, detail: message };
  // What follows is refused: no session came about.
  if (
    /could not be established|not allowed|terminating connection|Unable to create|not enabled or invalid/i.test(message)
  )
    return { ...base, activity: 1, succeeded: false, detail: message };
  if (/session terminated|connection terminated|closing connection|connection closed|lost connection/i.test(message))
    return { ...base, activity: 2, succeeded: true, detail: message };
  return null;
};

const groupUser: Reader = (text) => {
  const match = GROUP_USER.exec(text);
  if (match === null) return null;
  return {
    activity: 1,
    user: readUser(match[3]),
    succeeded: match[1]!.toLowerCase() === "successful",
    service: match[4]!,
    unmapped: { group: match[2] },
  };
};

const equals: Reader = (text) => {
  const match = EQUALS.exec(text);
  if (match === null) return null;
  const [, group, name, address, message] = match as unknown as (string | undefined)[];
  const base = { user: readUser(name), source: endpointOf(address), service: "VPN" };
  const ended = DISCONNECTED.exec(message!);
  if (ended !== null) {
    const [, type, duration, transmitted, received, reason] = ended as unknown as (string | undefined)[];
    return {
      ...base,
      activity: 2,
      succeeded: true,
      service: `VPN ${type!}`,
      detail: reason,
      unmapped: {
        group,
        session_duration: readDuration(duration),
        // The firewall transmits to the client and receives from it.
        bytes_to_client: Number(transmitted),
        bytes_from_client: Number(received),
      },
    };
  }
  const assigned = PRIVATE_ADDRESS.exec(message!)?.[1];
  if (assigned !== undefined) return { ...base, activity: 1, succeeded: true, assigned, unmapped: { group } };
  if (base.user !== undefined && /Security negotiation complete for User/.test(message!))
    return { ...base, activity: 1, succeeded: true, detail: message!.slice(0, 128), unmapped: { group } };
  return null;
};

const login: Reader = (text) => {
  const match = LOGIN.exec(text);
  if (match === null) return null;
  const [, outcome, from, to, user] = match as unknown as [string, string, string, string, string];
  return {
    activity: 1,
    user: readUser(user),
    source: readPlace(from)?.endpoint,
    destination: readPlace(to)?.endpoint,
    succeeded: outcome === "permitted",
    service: /\/([a-z0-9]{1,16})$/i.exec(to)?.[1] ?? "management",
  };
};

const userAuthentication: Reader = (text) => {
  const match = USER_AUTHENTICATION.exec(text);
  if (match === null) return null;
  return {
    activity: 1,
    user: readUser(match[3]),
    source: endpointOf(match[2]),
    succeeded: match[1] === "succeeded",
    service: "management",
  };
};

const loggedOut: Reader = (text) => {
  const match = LOGGED_OUT.exec(text);
  return match === null ? null : { activity: 2, user: readUser(match[1]), succeeded: true, service: "management" };
};

const ssh: Reader = (text) => {
  const match = SSH.exec(text);
  if (match === null) return null;
  const address = ipAddress(match[1]);
  return {
    activity: 2,
    user: readUser(match[3]),
    source: address === undefined ? undefined : { ip: address, interface_name: match[2]! },
    succeeded: true,
    service: "ssh",
    detail: /reason: "?([^"]{1,128})/.exec(match[5]!)?.[1],
  };
};

const proxied: Reader = (text) => {
  const match = PROXIED.exec(text);
  if (match === null) return null;
  return {
    activity: 1,
    user: readUser(match[2]),
    source: readPlace(match[3]!)?.endpoint,
    destination: readPlace(match[4]!)?.endpoint,
    succeeded: !/^(?:failed|denied)$/.test(match[1]!),
    service: "cut-through proxy",
  };
};

const webvpnClient: Reader = (text) => {
  const match = WEBVPN_CLIENT.exec(text);
  if (match === null) return null;
  const address = ipAddress(match[2]);
  return {
    activity: match[3] === "created" ? 1 : 2,
    user: readUser(match[1]),
    source: address === undefined ? undefined : { ip: address },
    succeeded: true,
    service: "WebVPN",
  };
};

const ikeAssigned: Reader = (text) => {
  const match = IKE_ASSIGNED.exec(text);
  if (match === null) return null;
  const remote = match[2]!;
  const colon = remote.lastIndexOf(":");
  const address = ipAddress(colon === -1 ? remote : remote.slice(0, colon));
  return {
    activity: 1,
    user: readUser(match[3]),
    source: address === undefined ? undefined : { ip: address },
    succeeded: true,
    service: "VPN IKEv2",
    assigned: match[5],
    unmapped: { group: match[4] },
  };
};

const mapping: Reader = (text) => {
  const match = MAPPING.exec(text);
  if (match === null) return null;
  return {
    activity: 1,
    user: readUser(match[2]),
    source: endpointOf(match[1]),
    succeeded: true,
    service: "user-identity",
  };
};

const rights: Reader = (text) => {
  const match = RIGHTS.exec(text);
  return match === null ? null : { activity: 1, user: readUser(match[1]), succeeded: false, service: "console" };
};

const dap: Reader = (text) => {
  const match = DAP.exec(text);
  if (match === null) return null;
  const address = ipAddress(match[2]);
  return {
    activity: 1,
    user: readUser(match[1]),
    source: address === undefined ? undefined : { ip: address },
    succeeded: undefined,
    service: match[3]!,
    detail: text.slice(match[0].length, match[0].length + 256),
  };
};

/** Message number -> how it is read. */
export const SIGN_ON_READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...["113004", "113005", "113008", "113012", "113014", "113015", "113016", "113017"].map(
    (code) => [code, aaa] as const,
  ),
  ["113019", equals],
  ["113021", rights],
  ...["113029", "113030", "113033", "113035", "113038", "113039"].map((code) => [code, groupUserIp] as const),
  ...["716001", "716002", "716038", "716039", "716058", "716059"].map((code) => [code, groupUserIp] as const),
  ...["722022", "722023", "722028", "722032", "722033", "722034", "722037", "722051"].map(
    (code) => [code, groupUserIp] as const,
  ),
  ...["109005", "109006", "109007", "109024"].map((code) => [code, proxied] as const),
  ["315011", ssh],
  ["605004", login],
  ["605005", login],
  ["611101", userAuthentication],
  ["611102", userAuthentication],
  ["611103", loggedOut],
  ["713049", equals],
  ["713228", equals],
  ["721016", webvpnClient],
  ["721018", webvpnClient],
  ["734001", dap],
  ["746012", mapping],
  ["751025", ikeAssigned],
]);

function endpointOf(text: string | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(text);
  return ip === undefined ? undefined : { ip };
}

function serverOf(server: string | undefined): Record<string, unknown> | undefined {
  return server === undefined || server === "" ? undefined : { server };
}
