/**
 * OpenSSH server -> Authentication (3002): accepted, failed, refused and broken-off attempts, what PAM decided,
 * the sessions started, and the end of a user's connection.
 *
 * Input: syslog lines of `sshd`, and of `sshd-session` and `sshd-auth`, into which OpenSSH 9.8 and 10.0 split it. Lines that
 * only repeat what another says (`Connection closed by` an address) are no activity of their own.
 *
 * @see https://man.openbsd.org/sshd
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress, sourceEndpoint } from "../api-activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { attemptOf } from "../decoders/sshd-message.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "OpenSSH", vendor_name: "OpenBSD" };

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
    "What was done in the session is not logged; `LogLevel VERBOSE` tells that a session was started, and a forced command's text.",
    "Where PAM logs too, one password refused is two lines and two events; `metadata.event_code` tells them apart.",
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
  return /^(?:Accepted|Failed|Invalid|Illegal|Disconnected|Connection|Received|Server|pam_unix|error|Disconnecting|Unable|Did not|Starting|User|Close session|Postponed|Partial|fatal|reverse|Address|Bad|kex|banner|maximum|ssh_dispatch|subsystem|ROOT|refused|\(pam_)/.test(
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
  if (attempt.session !== undefined) unmapped["session"] = attempt.session;
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
              uid: attempt.uid,
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
