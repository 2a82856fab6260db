/**
 * What OpenVPN's server writes of its clients, whatever stands ahead of the message.
 *
 *     alice/203.0.113.5:51234 MULTI: Learn: 10.8.0.6 -> alice/203.0.113.5:51234
 *     203.0.113.5:51234 [alice] Peer Connection Initiated with [AF_INET]203.0.113.5:51234
 *
 * @see https://openvpn.net/community-docs/logging.html
 */
import type { OcsfEndpoint } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";

/** What became of a client. */
export interface OpenVpnMessage {
  readonly kind: "logon" | "opened" | "closed";
  /** Common name of the certificate, or the name the person gave. */
  readonly user: string | undefined;
  /** Where the client comes from. */
  readonly outer: OcsfEndpoint | undefined;
  /** Addresses given inside. */
  readonly inner: readonly string[];
  /** Of a logon. */
  readonly succeeded?: boolean | undefined;
  readonly detail?: string | undefined;
  /** The instance of the server, or the directory that was asked, as a firewall's scripts name them. */
  readonly through?: string | undefined;
  readonly code: string;
}

/** Versions from 2.7 on put the transport ahead of the address; a port follows IPv4 only, or IPv6 behind its family. */
const PEER =
  /^(?:([^\n]{1,255}?)\/)?(?:(?:udp|tcp)[46]?(?:-server)?:)?(?:\[AF_INET6?\])?(\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?|(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*:)[0-9A-Fa-f:.]{2,51}) (?=\S)/;

const INITIATED = /^\[([^\n]{0,255}?)\] Peer Connection Initiated with (\S{2,80})/;
const POOL =
  /^MULTI_sva: pool returned IPv4=([0-9.]{7,15}|\(Not enabled\))(?:, IPv6=([0-9A-Fa-f:.]{2,45}|\(Not enabled\)))?/;
const LEARN = /^MULTI: Learn: (\S{2,64}) -> ([^\n]{1,320})$/;
const PRIMARY = /^MULTI: primary virtual IP(?:v6)? for ([^\n]{1,320}): ([0-9A-Fa-f.:]{2,45})$/;
const PASSWORD =
  /^TLS: Username\/(?:Password|auth-token) authentication (succeeded|failed|deferred) for username '([^'\n]{0,255})'/;
const PASSWORD_WRONG = /^TLS Auth Error: ([^\n]{1,255})/;
const CERTIFICATE_WRONG = /^VERIFY ERROR: depth=\d{1,2}, error=([^:\n]{1,160}): ([^\n]{1,512})/;
const REJECTED = /^SENT CONTROL \[([^\]\n]{0,255})\]: 'AUTH_FAILED(?:,([^'\n]{0,255}))?'/;
const ENDED =
  /^(?:SIG(?:TERM|USR1|HUP|INT)\[([^\]\n]{0,64})\] received, client-instance (?:exiting|restarting)|(Connection reset), restarting)/;
/** The scripts of pfSense and OPNsense that ask for passwords. */
const SCRIPT = /^[Uu]ser '([^'\n]{1,255})' (authenticated|could not authenticate)(?: using '([^'\n]{1,128})')?/;
const SERVER =
  /^openvpn server '([^'\n]{1,64})' user '([^'\n]{0,255})' address '([^'\n]{2,80})' - (connected|disconnected|disconnecting)$/;
const PAM = /^(?:PLUGIN )?AUTH-PAM: BACKGROUND: user '([^'\n]{1,255})' failed to authenticate(?:: ([^\n]{1,255}))?/;

/** How other messages of the server begin: they tell the source and no activity. */
const CHATTER =
  /^(?:VERIFY (?:OK|KU|EKU|X509NAME|WARNING|SCRIPT)\b|peer info: |Control Channel|(?:Outgoing|Incoming) (?:Data|Control) Channel|Data Channel|PUSH: |SENT CONTROL |TLS(?: Error)?: |MULTI: |MULTI_sva: |PLUGIN_CALL: |PLUGIN(?:_INIT)?[ :]|AUTH-PAM: |OPTIONS IMPORT: |WARNING: '|(?:Local|Expected Remote) Options |send_push_reply\(\)|client_instance|CONNECTION ESTABLISHED|Authenticate\/Decrypt|Bad LZO|UDPv[46] link |TCPv[46]_SERVER |OpenVPN \d\.\d|Initialization Sequence Completed|Inactivity timeout|\[[^\]\n]{0,255}\] Inactivity timeout|Re-using SSL|IFCONFIG POOL)/;

/** Whether a server of OpenVPN writes such a message; cut off or not. */
export function isOpenVpnMessage(body: string): boolean {
  const { text } = addressed(body);
  return CUT_OFF.test(text) || CHATTER.test(text) || readOpenVpnMessage(body, false) !== undefined;
}

/** The message with the peer ahead of it. */
interface Addressed {
  readonly user: string | undefined;
  readonly outer: OcsfEndpoint | undefined;
  readonly text: string;
}

/** What tells whom it is about or what it gives, and ends before it has. */
const CUT_OFF =
  /^MULTI_sva: pool returned(?! IPv4=[0-9(])|^MULTI: Learn:(?! \S{1,64} -> \S)|^MULTI: primary virtual IP(?:v6)? for(?![^\n]{1,320}: [0-9A-Fa-f.:]{2,45}$)/;

/**
 * undefined: no message of an OpenVPN server; null: one that tells of no activity.
 *
 * @param isServer known to be a server's: a client, too, writes that it connected, and means its server
 * @throws {MalformedInputError} when the message is cut off
 */
export function readOpenVpnMessage(body: string, isServer: boolean): OpenVpnMessage | null | undefined {
  const { user, outer, text } = addressed(body);
  if (CUT_OFF.test(text))
    throw new MalformedInputError("OpenVPN message that ends before it tells who or which address");
  const nothing = { user, outer, inner: [] as string[] };
  const initiated = INITIATED.exec(text);
  if (initiated !== null) {
    if (outer === undefined && !isServer) return null;
    const peer = outer ?? endOf(initiated[2]!);
    return {
      kind: "logon",
      user: named(initiated[1]),
      outer: peer,
      inner: [],
      succeeded: true,
      code: "Peer Connection Initiated",
    };
  }
  const pool = POOL.exec(text);
  if (pool !== null) {
    const inner = [pool[1], pool[2]].filter((address) => address !== undefined && !address.startsWith("("));
    return { ...nothing, kind: "opened", inner: inner as string[], code: "MULTI_sva" };
  }
  const learn = LEARN.exec(text);
  if (learn !== null) {
    // Networks behind a client and hardware addresses are learnt too: nobody is at them alone.
    if (ipAddress(learn[1]) !== learn[1]) return null;
    return { ...owner(learn[2]!, nothing), kind: "opened", inner: [learn[1]!], code: "MULTI: Learn" };
  }
  const primary = PRIMARY.exec(text);
  if (primary !== null)
    return { ...owner(primary[1]!, nothing), kind: "opened", inner: [primary[2]!], code: "MULTI: primary virtual IP" };
  const ended = ENDED.exec(text);
  if (ended !== null) return { ...nothing, kind: "closed", detail: ended[1] ?? ended[2], code: "client-instance" };
  return logonOf(text, nothing) ?? scriptOf(text) ?? (CHATTER.test(text) ? null : undefined);
}

function logonOf(text: string, nothing: Pick<OpenVpnMessage, "user" | "outer" | "inner">): OpenVpnMessage | undefined {
  const password = PASSWORD.exec(text);
  if (password !== null) {
    const succeeded = password[1] === "deferred" ? undefined : password[1] === "succeeded";
    return { ...nothing, kind: "logon", user: named(password[2]), succeeded, code: "Username/Password" };
  }
  const failed = PASSWORD_WRONG.exec(text);
  if (failed !== null)
    return { ...nothing, kind: "logon", succeeded: false, detail: failed[1], code: "TLS Auth Error" };
  const certificate = CERTIFICATE_WRONG.exec(text);
  if (certificate !== null) {
    const user = commonName(certificate[2]!) ?? nothing.user;
    return { ...nothing, kind: "logon", user, succeeded: false, detail: certificate[1], code: "VERIFY ERROR" };
  }
  const rejected = REJECTED.exec(text);
  if (rejected === null) return undefined;
  const user = named(rejected[1]) ?? nothing.user;
  return {
    ...nothing,
    kind: "logon",
    user,
    succeeded: false,
    detail: rejected[2] ?? "AUTH_FAILED",
    code: "AUTH_FAILED",
  };
}

function scriptOf(text: string): OpenVpnMessage | undefined {
  const script = SCRIPT.exec(text);
  if (script !== null) {
    const succeeded = script[2] === "authenticated";
    return {
      kind: "logon",
      user: script[1],
      outer: undefined,
      inner: [],
      succeeded,
      through: script[3],
      code: "user authentication",
    };
  }
  const server = SERVER.exec(text);
  if (server !== null) {
    const kind = server[4] === "connected" ? "opened" : "closed";
    return { kind, user: named(server[2]), outer: endOf(server[3]!), inner: [], through: server[1], code: server[4]! };
  }
  const pam = PAM.exec(text);
  return pam === null
    ? undefined
    : { kind: "logon", user: pam[1], outer: undefined, inner: [], succeeded: false, detail: pam[2], code: "AUTH-PAM" };
}

function addressed(body: string): Addressed {
  const peer = PEER.exec(body);
  if (peer === null) return { user: undefined, outer: undefined, text: body };
  return { user: named(peer[1]), outer: endOf(peer[2]!), text: body.slice(peer[0].length) };
}

/** `alice/203.0.113.5:51234` -> both; what stood ahead of the message where it names nobody. */
function owner(text: string, before: Pick<OpenVpnMessage, "user" | "outer" | "inner">): typeof before {
  const { user, outer } = addressed(`${text} -`);
  if (outer === undefined) return { ...before, user: before.user ?? named(text) };
  return { inner: [], user: user ?? before.user, outer };
}

/** `[AF_INET]203.0.113.5:51234`, `udp4:203.0.113.5:51234`, `[AF_INET6]2001:db8::5:51234`; a bare IPv6 address has no port here. */
export function endOf(text: string): OcsfEndpoint | undefined {
  const bare = text.replace(/^(?:(?:udp|tcp)[46]?(?:-server)?:)?(\[AF_INET6?\])?/, "");
  const family = bare.length === text.length ? undefined : text.includes("[AF_INET6]");
  const whole = ipAddress(bare);
  const last = bare.lastIndexOf(":");
  if (whole === undefined && last === -1) return undefined;
  const withPort = whole !== bare || family === true;
  const ip = withPort && family === true ? (ipAddress(bare.slice(0, last)) ?? whole) : whole;
  if (ip === undefined) return undefined;
  const mapped = ip.toLowerCase().startsWith("::ffff:") ? (ipAddress(ip.slice(7)) ?? ip) : ip;
  const port = withPort ? bare.slice(last + 1) : "";
  const end: OcsfEndpoint = { ip: mapped };
  const number = /^\d{1,5}$/.test(port) ? portOf(Number(port)) : undefined;
  if (number !== undefined) end.port = number;
  return end;
}

/** Of `C=DE, O=Acme, CN=alice, serial=7`, and of `/C=DE/CN=alice` in old versions. */
function commonName(subject: string): string | undefined {
  return named(/(?:^|[,/] ?)CN=([^,/\n]{1,255})/.exec(subject)?.[1]?.trim());
}

/** `UNDEF` stands where no certificate named the client. */
function named(name: string | undefined): string | undefined {
  return name === undefined || name === "" || name === "UNDEF" ? undefined : name;
}
