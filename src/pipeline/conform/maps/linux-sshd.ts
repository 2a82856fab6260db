/**
 * OpenSSH server -> Authentication (3002): accepted, failed, refused and broken-off attempts, and the end of
 * a user's connection.
 *
 * Input: syslog lines of `sshd`, and of `sshd-session` and `sshd-auth`, into which OpenSSH 9.8 and 10.0 split it. Lines that
 * repeat what another says (PAM's, `Connection closed by` an address) are no activity of their own.
 *
 * @see https://man.openbsd.org/sshd
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress, sourceEndpoint } from "../api-activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "OpenSSH", vendor_name: "OpenBSD" };

const ACCEPTED =
  /^(?:Accepted|Partial) ([\w/-]{1,60}) for (\S{1,255}) from (\S{1,64}) port (\d{1,5})(?: ssh2)?(?:: ?(.{1,1024}))?$/;
const FAILED =
  /^Failed ([\w/-]{1,60}) for (?:(invalid user|illegal user) )?(.{0,255}?) from (\S{1,64}) port (\d{1,5})(?: ssh2)?(?:: ?(.{1,1024}))?$/;
const INVALID = /^(?:Invalid|Illegal) user (.{0,255}?) from (\S{1,64})(?: port (\d{1,5}))?$/;
const NOT_ALLOWED = /^User (\S{1,255}) from (\S{1,64}) (not allowed because .{1,300})$/;
const TOO_MANY =
  /^(?:error: )?(maximum authentication attempts exceeded) for (?:(?:invalid|illegal) user )?(.{0,255}?) from (\S{1,64}) port (\d{1,5})(?: ssh2)?(?: \[preauth\])?$/;
const BROKEN_OFF =
  /^(Connection closed by|Connection reset by|Disconnected from|Disconnecting) (?:authenticating|invalid) user (.{0,255}?) (\S{1,64}) port (\d{1,5})(?:: (.{1,300}?))?(?: \[preauth\])?$/;
const DISCONNECTED = /^Disconnected from user (\S{1,255}) (\S{1,64}) port (\d{1,5})$/;
const FINGERPRINT = /\b(SHA256:[A-Za-z0-9+/]{20,60}|(?:[0-9a-f]{2}:){15}[0-9a-f]{2})\b/;
const CERTIFICATE = /\bID (.{1,255}?) \(serial (\d{1,20})\)/;

export default defineMap({
  id: "linux-sshd",
  title: "OpenSSH server",
  product: PRODUCT,
  reference: "https://man.openbsd.org/sshd_config#LogLevel",
  lane: "identity",
  exporting:
    "`LogLevel VERBOSE` in `sshd_config`, so that key fingerprints show; the lines are in `auth.log`, " +
    "`secure` or the journal (`-o short-iso` or `json`).",
  limits: [
    "Shared accounts such as git show the account; the key's fingerprint tells who it was.",
    "What was done in the session is not logged.",
    "Times of traditional syslog carry neither year nor zone.",
  ],
  recognise,
  conform,
});

function recognise({ syslog, body, json }: DecodedRecord): number {
  if (
    json !== null ||
    syslog?.app === undefined ||
    syslog.app === null ||
    !/^(?:.*\/)?sshd(?:-session|-auth)?$/.test(syslog.app)
  )
    return 0;
  return /^(?:Accepted|Failed|Invalid|Illegal|Disconnected|Connection|Received|Server|pam_unix|error|Disconnecting|Unable|Did not|Starting|User|Close session|Postponed|Partial|fatal|reverse|Address|Bad|kex|banner|maximum|ssh_dispatch)/.test(
    body,
  )
    ? 1
    : 0.9;
}

function conform({ syslog, body }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (syslog === null) throw new MalformedInputError("linux-sshd: the line has no syslog header");
  const attempt = attemptOf(body.trimEnd());
  if (attempt === null) return null;

  const { activity, succeeded, method, name, address, port, rest, reason } = attempt;
  const certificate = CERTIFICATE.exec(rest);
  const fingerprint = FINGERPRINT.exec(rest)?.[1];
  const host = syslog.hostname ?? undefined;
  // sshd writes a name instead of the address where UseDNS is on
  const isName = ipAddress(address) === undefined && /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(address);
  const source = isName ? { hostname: address } : sourceEndpoint(address);
  const unmapped: Record<string, unknown> = {};
  if (syslog.pid !== null) unmapped["pid"] = syslog.pid;
  if (fingerprint !== undefined) unmapped["key_fingerprint"] = fingerprint;
  if (certificate !== null) {
    unmapped["certificate_id"] = certificate[1];
    unmapped["certificate_serial"] = certificate[2];
  }
  const event = createSignOn(
    { product: PRODUCT, time: syslog.time ?? environment.fileModifiedTime, event_code: attempt.code },
    {
      activity,
      user:
        name === ""
          ? {}
          : {
              name,
              email_addr: emailAddress(name),
              credential_uid: fingerprint,
              type_id: name === "root" ? 2 : 1,
              type: name === "root" ? "Admin" : "User",
            },
      service: "sshd",
      source: { ...source, port: portOf(port === undefined ? undefined : Number(port)) },
      succeeded,
      detail: reason,
      protocol: method === undefined ? undefined : { auth_protocol_id: 99, auth_protocol: method },
      unmapped,
    },
  );
  if (host !== undefined) {
    event.dst_endpoint = { hostname: host };
    event.device = { hostname: host, type_id: 0, type: "Unknown" };
    event.metadata.profiles = ["host"];
  }
  return event;
}

interface Attempt {
  readonly code: string;
  readonly activity: 1 | 2;
  readonly succeeded: boolean;
  readonly method?: string | undefined;
  readonly name: string;
  readonly address: string;
  readonly port: string | undefined;
  readonly rest: string;
  readonly reason?: string | undefined;
}

function attemptOf(body: string): Attempt | null {
  if (body.length > 4096) return null;
  const accepted = ACCEPTED.exec(body);
  if (accepted !== null) {
    const [, method, name = "", address = "", port, rest = ""] = accepted;
    // `Partial`: one of several methods has been passed, the sign-on is not complete
    return body.startsWith("Partial")
      ? null
      : { code: "Accepted", activity: 1, succeeded: true, method, name, address, port, rest };
  }
  const failed = FAILED.exec(body);
  if (failed !== null) {
    const [, method, invalid, name = "", address = "", port, rest = ""] = failed;
    return method === "none"
      ? null
      : { code: "Failed", activity: 1, succeeded: false, method, name, address, port, rest, reason: invalid };
  }
  const invalid = INVALID.exec(body);
  if (invalid !== null)
    return {
      code: "Invalid user",
      activity: 1,
      succeeded: false,
      name: invalid[1] ?? "",
      address: invalid[2] ?? "",
      port: invalid[3],
      rest: "",
      reason: "invalid user",
    };
  const refused = refusalOf(body);
  if (refused !== null) return refused;
  const left = DISCONNECTED.exec(body);
  if (left !== null)
    return {
      code: "Disconnected",
      activity: 2,
      succeeded: true,
      name: left[1] ?? "",
      address: left[2] ?? "",
      port: left[3],
      rest: "",
    };
  return null;
}

/** Attempts that ended before a method decided: refused by the configuration, out of tries, broken off by either side. */
function refusalOf(body: string): Attempt | null {
  const failure = { activity: 1, succeeded: false, rest: "" } as const;
  const notAllowed = NOT_ALLOWED.exec(body);
  if (notAllowed !== null) {
    const [, name = "", address = "", reason] = notAllowed;
    return { ...failure, code: "Not allowed", name, address, port: undefined, reason };
  }
  const tooMany = TOO_MANY.exec(body);
  if (tooMany !== null) {
    const [, reason, name = "", address = "", port] = tooMany;
    return { ...failure, code: "Attempts exceeded", name, address, port, reason };
  }
  const brokenOff = BROKEN_OFF.exec(body);
  if (brokenOff === null) return null;
  const [, how = "", name = "", address = "", port, reason = how] = brokenOff;
  return { ...failure, code: how, name, address, port, reason };
}
